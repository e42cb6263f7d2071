import type { BaseJobConfiguration, BaseWorker, FlowRun, LaunchPlace, WorkerPlugin } from '@worker-host/core';

/** Functions of a test runner that the contract needs: those of mocha, vitest (`beforeAll`, `afterAll`) or `node:test`. */
export interface ContractRunner {
  describe(name: string, body: () => void): void;
  /** `timeoutMs` is for runners that take a timeout there, as vitest does; others ignore it. */
  it(name: string, body: () => Promise<void>, timeoutMs?: number): void;
  before(body: () => Promise<void>): void;
  after(body: () => Promise<void>): void;
}

/** A job that the contract launches. */
export type ContractJob =
  /** Exits with this status by itself. */
  | { readonly kind: 'ends'; readonly exitCode: number }
  /** Runs until `release` or a kill; exits with status 0 after `release`. */
  | { readonly kind: 'held' };

/** Ends a condition. */
export type EndCondition = () => Promise<void> | void;

/** Environment and labels of a launched job, as stored by the infrastructure. */
export interface LaunchedWith {
  readonly env: Readonly<Record<string, string>>;
  /** Null: the infrastructure has no labels. */
  readonly labels: Readonly<Record<string, string>> | null;
}

/** A launch in another process. */
export interface LaunchElsewhere {
  readonly flowRun: FlowRun;
  readonly attemptId: string;
  readonly relaunch: number;
  readonly launchPlace: LaunchPlace | null;
}

/**
 * The infrastructure of one area of tests, provided by the author of the worker. Rules that need an absent optional member are
 * skipped.
 */
export interface ContractWorld<C extends BaseJobConfiguration = BaseJobConfiguration> {
  /**
   * Returns a worker as in a new process, of a host that collects output; not set up yet. All workers use the same
   * infrastructure.
   */
  createWorker(): BaseWorker<C>;
  /** Returns the configuration of such a job. The contract adds to its `env` and `labels`. */
  configurationFor(job: ContractJob, flowRunId: string): C;
  /** Ends the held jobs of a run. */
  release(flowRunId: string): Promise<void> | void;
  /** Number of jobs that were ever launched for a run. Read from the infrastructure, not from the worker. */
  launchesOf(flowRunId: string): Promise<number> | number;
  /** A well-formed pid of infrastructure that never existed. */
  readonly unknownPid: string;
  /** A configuration that cannot be launched. */
  brokenConfiguration?(): C;
  /** Returns environment and labels of the last job of a run. */
  launchedWith?(flowRunId: string): Promise<LaunchedWith> | LaunchedWith;
  /** The held job of a run prints these lines. Resolves when they are printed. */
  print?(flowRunId: string, lines: readonly string[]): Promise<void> | void;
  /** No call of a worker reaches the infrastructure until the end of the condition. */
  outage?(): EndCondition | Promise<EndCondition>;
  /** The worker's access is refused (its credentials have expired) until the end of the condition. */
  withoutAccess?(): EndCondition | Promise<EndCondition>;
  /** No launch finds capacity until the end of the condition: it is rejected, and nothing is launched. */
  withoutCapacity?(): EndCondition | Promise<EndCondition>;
  /** Executes the next launch, and loses its response. */
  loseNextAnswer?(): Promise<void> | void;
  /** The next stop request for a job of the run is accepted and has no effect. */
  ignoreNextStop?(flowRunId: string): Promise<void> | void;
  /** Jobs of the run whose stop is requested remain stopping until the end of the condition. */
  slowStop?(flowRunId: string): EndCondition | Promise<EndCondition>;
  /** Grace period in seconds of the last stop request for a job of the run, as received by the infrastructure. */
  graceOf?(flowRunId: string): Promise<number> | number;
  /** Returns a worker of another pool on the same infrastructure; not set up yet. */
  createWorkerOfAnotherPool?(): BaseWorker<C>;
  /**
   * Launches a held job in another process, or in a worker thread that loads the plugin's modules again, as an earlier owner of
   * the run would have, and ends that process. Returns the pid passed to `started`.
   */
  launchElsewhere?(launch: LaunchElsewhere): Promise<string>;
  /** Advances a fake clock. Absent: the clock is real. */
  letTimePass?(): Promise<void> | void;
  /** Number of sleeps on the fake clock. */
  pendingSleeps?(): number;
  /** Stops everything that still runs, and removes it. */
  dispose(): Promise<void> | void;
}

export interface WorkerContractOptions<C extends BaseJobConfiguration = BaseJobConfiguration> {
  readonly runner: ContractRunner;
  readonly plugin: WorkerPlugin;
  /** Called once for each area of tests. */
  readonly arrange: () => Promise<ContractWorld<C>> | ContractWorld<C>;
  /** How long the contract waits for a promise of the worker, in real seconds. Default: 20. */
  readonly patienceSeconds?: number;
}
