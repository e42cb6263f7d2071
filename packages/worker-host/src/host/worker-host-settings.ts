/** What the host does with its runs at the first stop signal. */
export type DrainMode =
  /** The runs go on where they are; the next worker resumes them. */
  | 'leave'
  /** The worker stays until they have ended. */
  | 'await';

/** How a worker host behaves. Every field but the name of pool and worker has a default. */
export interface WorkerHostSettings {
  readonly workerName: string;
  readonly workPoolName: string;
  /** Empty: all queues of the pool. */
  readonly workQueueNames: readonly string[];
  /** Most runs active at once, resumed ones included. Null: no limit. */
  readonly limit: number | null;
  /** Most vCPUs that the active runs ask for together. Null: no limit. */
  readonly limitVcpus: number | null;
  /** Most memory that the active runs ask for together, in MiB. Null: no limit. */
  readonly limitMemoryMib: number | null;
  /** Seconds before its scheduled time at which a run is claimed. */
  readonly prefetchSeconds: number;
  /** Seconds between two polls, before jitter. */
  readonly querySeconds: number;
  /** Seconds between two heartbeats, exactly. */
  readonly heartbeatSeconds: number;
  /** Seconds between two searches for runs that dead workers left behind, before jitter. */
  readonly recoverySeconds: number;
  /** Seconds between two comparisons of what lives on the infrastructure with the runs, before jitter. */
  readonly reconcileSeconds: number;
  /** Stop the infrastructure of an active run that was made final or deleted from outside, once seen twice. */
  readonly stopFinalRuns: boolean;
  readonly createPoolIfNotFound: boolean;
  /** How often a run whose infrastructure failed is launched again within one attempt. 0: never. */
  readonly relaunchLimit: number;
  /** Owners that may die with a run before they launch it; then it ends Crashed. 0: any number. */
  readonly deathLimit: number;
  /** Time a job gets to end by itself when it is stopped. */
  readonly killGraceSeconds: number;
  readonly drain: DrainMode;
  /** Longest time the drain takes; then the rest is left. Null: no limit (`await`), 5 s (`leave`). */
  readonly drainDeadlineSeconds: number | null;
  /** One poll, then wait for all that was claimed. */
  readonly isRunOnce: boolean;
}

/** The settings that somebody gives; the others have defaults. */
export type GivenHostSettings = Pick<WorkerHostSettings, 'workPoolName'> & Partial<WorkerHostSettings>;

/**
 * Fills in the defaults.
 *
 * @param hostReportsStates whether nobody but the host reports states, as on a pool of its own: then it is close at
 * hand, polling is cheap, and no engine inside the job would wait for the scheduled time.
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
