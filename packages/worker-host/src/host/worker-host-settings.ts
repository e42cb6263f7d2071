/** What the host does with its runs at the first stop signal. */
export type DrainMode =
  /** The jobs keep running; the next worker resumes the runs. */
  | 'leave'
  /** The worker waits until they have ended. */
  | 'await';

/** Settings of a worker host. Every field except the names of pool and worker has a default. */
export interface WorkerHostSettings {
  readonly workerName: string;
  readonly workPoolName: string;
  /** Empty: all queues of the pool. */
  readonly workQueueNames: readonly string[];
  /** Maximum number of active runs, including resumed ones. Null: no limit. */
  readonly limit: number | null;
  /** Maximum total vCPUs of the active runs. Null: no limit. */
  readonly limitVcpus: number | null;
  /** Maximum total memory of the active runs, in MiB. Null: no limit. */
  readonly limitMemoryMib: number | null;
  /** Seconds before its scheduled time at which a run is claimed. */
  readonly prefetchSeconds: number;
  /** Seconds between two polls, before jitter. */
  readonly querySeconds: number;
  /** Seconds between two heartbeats, exactly. */
  readonly heartbeatSeconds: number;
  /** Seconds between two searches for runs of dead workers, before jitter. */
  readonly recoverySeconds: number;
  /** Seconds between two comparisons of infrastructure and runs, before jitter. */
  readonly reconcileSeconds: number;
  /** Stop the infrastructure of an active run that was made final or deleted from outside, once seen twice. */
  readonly stopFinalRuns: boolean;
  readonly createPoolIfNotFound: boolean;
  /** Maximum number of relaunches of an attempt after its infrastructure failed. 0: none. */
  readonly relaunchLimit: number;
  /** Number of owners that can die with a run before they launch it; then it ends Crashed. 0: any number. */
  readonly deathLimit: number;
  /** Seconds that a job has to exit when it is stopped. */
  readonly killGraceSeconds: number;
  readonly drain: DrainMode;
  /** Maximum duration of the drain; the remaining runs are then released. Null: no limit (`await`), 5 s (`leave`). */
  readonly drainDeadlineSeconds: number | null;
  /** True: polls once, then waits for all claimed runs. */
  readonly isRunOnce: boolean;
}

/** Given settings; the others have defaults. */
export type GivenHostSettings = Pick<WorkerHostSettings, 'workPoolName'> & Partial<WorkerHostSettings>;

/**
 * Applies the defaults.
 *
 * @param hostReportsStates whether the host reports every state, as on the embedded pool: polling is then cheap, and no flow engine
 * inside the job would wait for the scheduled time.
 */
export function withDefaults(
  given: GivenHostSettings,
  defaultWorkerName: string,
  hostReportsStates: boolean,
): WorkerHostSettings {
  const settings: WorkerHostSettings = {
    workPoolName: given.workPoolName,
    workerName: given.workerName ?? defaultWorkerName,
    workQueueNames: given.workQueueNames ?? [],
    limit: given.limit ?? null,
    limitVcpus: given.limitVcpus ?? null,
    limitMemoryMib: given.limitMemoryMib ?? null,
    prefetchSeconds: given.prefetchSeconds ?? (hostReportsStates ? 0 : 10),
    querySeconds: given.querySeconds ?? (hostReportsStates ? 1 : 10),
    heartbeatSeconds: given.heartbeatSeconds ?? 30,
    recoverySeconds: given.recoverySeconds ?? 5,
    reconcileSeconds: given.reconcileSeconds ?? 300,
    stopFinalRuns: given.stopFinalRuns ?? true,
    createPoolIfNotFound: given.createPoolIfNotFound ?? true,
    relaunchLimit: given.relaunchLimit ?? 2,
    deathLimit: given.deathLimit ?? 3,
    killGraceSeconds: given.killGraceSeconds ?? 30,
    drain: given.drain ?? 'leave',
    drainDeadlineSeconds: given.drainDeadlineSeconds ?? null,
    isRunOnce: given.isRunOnce ?? false,
  };
  return Object.freeze(settings);
}
