import type { BaseJobConfiguration, BaseWorker, FlowRun, LaunchPlace, WorkerPlugin } from '@worker-host/core';

/** What the contract needs of a test runner: mocha, vitest (`beforeAll`, `afterAll`) and `node:test` have it. */
export interface ContractRunner {
  describe(name: string, body: () => void): void;
  /** `timeoutMs` is for runners that take a timeout there, as vitest does; others ignore it. */
  it(name: string, body: () => Promise<void>, timeoutMs?: number): void;
  before(body: () => Promise<void>): void;
  after(body: () => Promise<void>): void;
}

/** A job the contract asks for. */
export type ContractJob =
  /** Ends by itself with this exit status. */
  | { readonly kind: 'ends'; readonly exitCode: number }
  /** Runs until `release` or a kill; released, it ends with status 0. */
  | { readonly kind: 'held' };

/** Ends a condition that a world was asked for. */
export type EndCondition = () => Promise<void> | void;

/** What a job was really launched with, as far as the infrastructure has it. */
export interface LaunchedWith {
  readonly env: Readonly<Record<string, string>>;
  /** Null: the infrastructure has no labels. */
  readonly labels: Readonly<Record<string, string>> | null;
}

/** A launch that another process is asked for. */
export interface LaunchElsewhere {
  readonly flowRun: FlowRun;
  readonly attemptId: string;
  readonly relaunch: number;
  readonly launchPlace: LaunchPlace | null;
}

/**
 * The infrastructure of one area of tests, as the author of the worker arranges it. The rules that need an optional member
 * are skipped where it is absent.
 */
export interface ContractWorld<C extends BaseJobConfiguration = BaseJobConfiguration> {
  /**
   * A worker such as a new process would have, of a host that collects output. All of them see the same infrastructure.
   * Not set up yet.
   */
  createWorker(): BaseWorker<C>;
  /** The configuration that makes the worker launch such a job for the run. The contract adds to its `env` and `labels`. */
  configurationFor(job: ContractJob, flowRunId: string): C;
  /** Lets the held jobs of a run end. */
  release(flowRunId: string): Promise<void> | void;
  /** How many jobs were really launched for a run, ever. Read from the infrastructure, not from the worker. */
  launchesOf(flowRunId: string): Promise<number> | number;
  /** Well-formed, but of nothing that ever was. */
  readonly unknownPid: string;
  /** A configuration that cannot be launched. */
  brokenConfiguration?(): C;
  /** What the last job of a run was launched with. */
  launchedWith?(flowRunId: string): Promise<LaunchedWith> | LaunchedWith;
  /** The held job of a run prints these lines. Resolves when they are printed. */
  print?(flowRunId: string, lines: readonly string[]): Promise<void> | void;
  /** No call of a worker reaches the infrastructure until the end of the condition. */
  outage?(): EndCondition | Promise<EndCondition>;
  /** The worker's access is refused (its credentials have expired) until the end of the condition. */
  withoutAccess?(): EndCondition | Promise<EndCondition>;
  /** No launch finds capacity until the end of the condition: it is turned down, and nothing is launched. */
  withoutCapacity?(): EndCondition | Promise<EndCondition>;
  /** The next launch takes effect, and its answer is lost. */
  loseNextAnswer?(): Promise<void> | void;
  /** The next order to stop a job of the run is accepted and has no effect. */
  ignoreNextStop?(flowRunId: string): Promise<void> | void;
  /** Jobs of the run that are ordered to stop go on stopping until the end of the condition. */
  slowStop?(flowRunId: string): EndCondition | Promise<EndCondition>;
  /** Seconds of grace that the last order to stop a job of the run carried, as the infrastructure got it. */
  graceOf?(flowRunId: string): Promise<number> | number;
  /** A worker of another pool on the same infrastructure. Not set up yet. */
  createWorkerOfAnotherPool?(): BaseWorker<C>;
  /**
   * Launches a held job in another process, or in a worker thread that loads the plugin's modules anew, as an earlier
   * owner of the run would have, and ends that process. Returns the pid that `started` was called with.
   */
  launchElsewhere?(launch: LaunchElsewhere): Promise<string>;
  /** Lets the time of a fake clock pass. Absent: time passes by itself. */
  letTimePass?(): Promise<void> | void;
  /** How many sleep on the fake clock. */
  pendingSleeps?(): number;
  /** Stops what still runs and clears away. */
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
