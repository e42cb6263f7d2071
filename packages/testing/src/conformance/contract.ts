import type { BaseJobConfiguration, BaseWorker, WorkerPlugin } from '@worker-host/core';

/** What the contract needs of a test runner; mocha and `node:test` both have it. */
export interface ContractRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  before(body: () => Promise<void>): void;
  after(body: () => Promise<void>): void;
}

/** A job the contract asks for. */
export type ContractJob =
  /** Ends by itself with this exit status. */
  | { readonly kind: 'ends'; readonly exitCode: number }
  /** Runs until `release` or a kill; released, it ends with status 0. */
  | { readonly kind: 'held' };

/** The infrastructure of one area of tests, as the author of the worker arranges it. */
export interface ContractWorld<C extends BaseJobConfiguration = BaseJobConfiguration> {
  /** A worker such as a new process would have. All of them see the same infrastructure. Not set up yet. */
  createWorker(): BaseWorker<C>;
  /** The configuration that makes the worker launch such a job for the run. */
  configurationFor(job: ContractJob, flowRunId: string): C;
  /** A configuration that cannot be launched. Absent: the worker type knows none. */
  brokenConfiguration?(): C;
  /** Lets the held jobs of a run end. */
  release(flowRunId: string): Promise<void> | void;
  /** How many jobs were really launched for a run, ever. Read from the infrastructure, not from the worker. */
  launchesOf(flowRunId: string): Promise<number> | number;
  /** Well-formed, but of nothing that ever was. */
  readonly unknownPid: string;
  /**
   * Begins an outage: no call of a worker reaches the infrastructure. Returns what ends it. Absent: it cannot be had, and
   * the rules about it are not tested.
   */
  outage?(): (() => Promise<void> | void) | Promise<() => Promise<void> | void>;
  /** Takes the worker's access away (its credentials expire). Returns what gives it back. Absent: see {@link outage}. */
  withoutAccess?(): (() => Promise<void> | void) | Promise<() => Promise<void> | void>;
  /** The next order to stop a job of the run is accepted and has no effect. Absent: see {@link outage}. */
  ignoreNextStop?(flowRunId: string): Promise<void> | void;
  /** Lets the time of a fake clock pass. Absent: time passes by itself. */
  letTimePass?(): Promise<void> | void;
  /** Stops what still runs and clears away. */
  dispose(): Promise<void> | void;
}

export interface WorkerContractOptions<C extends BaseJobConfiguration = BaseJobConfiguration> {
  readonly runner: ContractRunner;
  readonly plugin: WorkerPlugin;
  /** Called once for each area of tests. */
  readonly arrange: () => Promise<ContractWorld<C>> | ContractWorld<C>;
}
