import type { Deployment, FlowRun, JsonObject, JsonValue, LogRecord, State, WorkPool } from '@worker-host/core';
import type { DatabaseReport } from './backup/database-check.js';
import type { Declaration, DeclaredChange } from './deployments/declarations.js';
import type { NewDeployment } from './deployments/deployments.js';
import type { WorkerView } from './leases/worker-listing.js';
import type { LimitRule, LimitView, RunConcurrency } from './limits/limit-types.js';
import type { PoolOverview } from './listing/pool-overview.js';
import type { RunPage, RunQuery } from './listing/run-lists.js';
import type { RunSummary } from './listing/run-summaries.js';
import type { RetainedStateType, Retention, RetentionRule } from './pools/retention.js';
import type { RetryChange } from './runs/bulk-runs.js';
import type { RequestedRun } from './runs/existing-run.js';
import type { RunNews } from './runs/followed-run.js';
import type { JobPolicy } from './runs/job-policy.js';
import type { SentLaunch } from './runs/launch-requests.js';
import type { NewFlowRun } from './runs/new-flow-runs.js';
import type { RunAttempt } from './runs/run-attempts.js';
import type { RunSelectionFilter, StateCounts } from './runs/run-selection.js';
import type { LogQuery } from './runs/stored-logs.js';
import type { Schedule, ScheduleView } from './schedules/schedule-types.js';

/** A queue of a pool. */
export interface WorkQueue {
  readonly name: string;
  /** 1 is the most urgent. */
  readonly priority: number;
  readonly concurrencyLimit: number | null;
  readonly isPaused: boolean;
}

/** How much belongs to a pool. */
export interface WorkPoolContents {
  readonly deployments: number;
  readonly schedules: number;
  readonly runs: number;
  /** Of the runs: those that are scheduled. */
  readonly waitingRuns: number;
  readonly logLines: number;
}

export interface DeploymentView extends Deployment {
  readonly workPoolName: string;
  readonly workQueueName: string | null;
  readonly parameters: JsonObject;
  readonly schedules: readonly Schedule[];
  /** How many of its runs may be active at once. Null: any number. */
  readonly limit: LimitRule | null;
  /** The key that its runs count for. Null: none. */
  readonly concurrency: RunConcurrency | null;
  /** Of its runs; 1 the most urgent. */
  readonly priority: number;
  /** Retries, rules and time limits of its runs. Null: none. */
  readonly policy: JobPolicy | null;
  readonly description: string | null;
  /** The flow that it runs at a Prefect server. Null: none. */
  readonly entrypoint: string | null;
  readonly isPaused: boolean;
}

export interface RunView {
  readonly flowRun: FlowRun;
  /** Null: a plain command, or its deployment is gone. */
  readonly deploymentName: string | null;
  /** Oldest first. */
  readonly states: readonly State[];
  /** Oldest first. */
  readonly attempts: readonly RunAttempt[];
  /** Launches of all attempts, oldest first, as far as the plugin reports its requests. */
  readonly launches: readonly SentLaunch[];
  /** Its retries, rules and time limits. Null: none. */
  readonly policy: JobPolicy | null;
  /** What the host stored about the end: phases, exit code, diagnosis. Null: nothing yet. */
  readonly result: JsonObject | null;
  /** Of an array: how many of its runs are in which state. Null: no array. */
  readonly arrayCounts: StateCounts | null;
}

export interface StoredLog extends LogRecord {
  /** Grows by each line of the file; where a follower continues. */
  readonly sequence: number;
  /** Counted from 1; 0: before the first, or written by an older version. */
  readonly attempt: number;
}

/** Limits of the active runs of a pool. Null: no limit. Absent: unchanged; for a new pool, no limit. */
export interface PoolLimits {
  readonly concurrencyLimit?: number | null;
  /** Maximum total vCPUs. May be a fraction. */
  readonly vcpuLimit?: number | null;
  /** Maximum total memory, in MiB. */
  readonly memoryLimitMib?: number | null;
}

/** What the commands do on the embedded pool. Names that are unknown or taken are errors with their own codes. */
export interface Administration {
  readonly databasePath: string;
  listWorkPools(): Promise<readonly WorkPool[]>;
  readWorkPool(name: string): Promise<WorkPool>;
  createWorkPool(
    pool: {
      readonly name: string;
      readonly type: string;
      /** Default: empty, which the first worker replaces by that of its plugin. */
      readonly baseJobTemplate?: JsonObject;
      /** Default: false. */
      readonly isPaused?: boolean;
    } & PoolLimits,
  ): Promise<WorkPool>;
  updateWorkPool(
    name: string,
    change: {
      readonly baseJobTemplate?: JsonObject;
      readonly isPaused?: boolean;
    } & PoolLimits,
  ): Promise<WorkPool>;
  /** What is deleted with a pool. */
  readWorkPoolContents(name: string): Promise<WorkPoolContents>;
  deleteWorkPool(name: string): Promise<void>;
  listWorkQueues(poolName: string): Promise<readonly WorkQueue[]>;
  createWorkQueue(
    poolName: string,
    queue: { readonly name: string; readonly priority?: number; readonly concurrencyLimit?: number | null },
  ): Promise<WorkQueue>;
  updateWorkQueue(
    poolName: string,
    name: string,
    change: { readonly priority?: number; readonly concurrencyLimit?: number | null; readonly isPaused?: boolean },
  ): Promise<WorkQueue>;
  deleteWorkQueue(poolName: string, name: string): Promise<void>;
  listDeployments(): Promise<readonly DeploymentView[]>;
  readDeployment(name: string): Promise<DeploymentView>;
  createDeployment(deployment: NewDeployment): Promise<DeploymentView>;
  updateDeployment(name: string, change: { readonly isPaused: boolean }): Promise<DeploymentView>;
  deleteDeployment(name: string): Promise<void>;
  /** @param deploymentName null: of all deployments. @param nextTimes how many times to come are worked out. */
  listSchedules(deploymentName: string | null, nextTimes: number): Promise<readonly ScheduleView[]>;
  addSchedule(deploymentName: string, schedule: Schedule): Promise<void>;
  /** @param which name or number; null: all of the deployment. @param untilMs null: until it is resumed. */
  pauseSchedule(deploymentName: string, which: string | null, untilMs: number | null): Promise<void>;
  resumeSchedule(deploymentName: string, which: string | null): Promise<void>;
  deleteSchedule(deploymentName: string, which: string): Promise<void>;
  /**
   * Creates a run of a deployment, or of the job variable `command` in a pool; what is absent is as usual. Returns the
   * existing run, with `isNew` false, where its idempotency or unique key was used before.
   */
  createFlowRun(run: Partial<NewFlowRun>): Promise<RequestedRun>;
  /** What becomes known of a run: states and lines of its log, from its beginning to its end. @param id in full. */
  followRun(id: string, signal?: AbortSignal): AsyncIterable<RunNews>;
  /** Resolves with the run once it has ended. @param id in full. */
  awaitRun(id: string, signal?: AbortSignal): Promise<RunView>;
  listRuns(query: RunQuery): Promise<RunPage>;
  /** A run as lists show it. @param id in full. */
  readRunSummary(id: string): Promise<RunSummary>;
  /** A pool as its page shows it. */
  readPoolOverview(name: string): Promise<PoolOverview>;
  /** Changes when another process, or another connection, has written. */
  dataVersion(): Promise<number>;
  /** @param workPoolName null or absent: of all pools. */
  listWorkers(workPoolName?: string | null): Promise<readonly WorkerView[]>;
  /** By id, by the beginning of an id, or by name. */
  readRun(idOrName: string): Promise<RunView>;
  readLogs(flowRunId: string, query: LogQuery): Promise<readonly StoredLog[]>;
  cancelFlowRun(flowRunId: string): Promise<State>;
  /** How many runs are meant, by state. */
  countRuns(filter: RunSelectionFilter): Promise<StateCounts>;
  /** Cancels the runs that are meant; returns how many. */
  cancelRuns(filter: RunSelectionFilter): Promise<number>;
  /** Deletes those of the runs that no worker owns; returns how many. */
  deleteRuns(filter: RunSelectionFilter): Promise<number>;
  /** Schedules those of the runs again that have ended; returns how many. */
  retryRuns(filter: RunSelectionFilter, change: RetryChange): Promise<number>;
  readRetention(poolName: string): Promise<Retention>;
  setRetention(
    poolName: string,
    stateTypes: readonly RetainedStateType[],
    rule: Partial<RetentionRule>,
  ): Promise<Retention>;
  /** How many runs the retention rules of a pool, or of all, keep no longer. */
  countPrunable(poolName: string | null): Promise<number>;
  /** Deletes them; returns how many. */
  prune(poolName: string | null): Promise<number>;
  listVariables(): Promise<
    readonly { readonly name: string; readonly value: JsonValue; readonly tags: readonly string[] }[]
  >;
  readVariable(name: string): Promise<JsonValue>;
  setVariable(name: string, value: JsonValue): Promise<void>;
  deleteVariable(name: string): Promise<void>;
  listSecrets(): Promise<readonly { readonly name: string; readonly updated: string }[]>;
  readSecret(name: string): Promise<JsonValue>;
  setSecret(name: string, value: JsonValue): Promise<void>;
  deleteSecret(name: string): Promise<void>;
  listLimits(): Promise<readonly LimitView[]>;
  setLimit(key: string, rule: LimitRule): Promise<void>;
  deleteLimit(key: string): Promise<void>;
  /** Pools, deployments, limits and variables, in the form of a file for `apply`. */
  readDeclaration(): Promise<Declaration>;
  /** What is not as the declaration states it. @param prune things with its label that it does not state count too. */
  compareDeclaration(declaration: Declaration, prune: boolean): Promise<readonly DeclaredChange[]>;
  /** Makes everything as the declaration states it, all of it or nothing; returns what was changed. */
  applyDeclaration(declaration: Declaration, prune: boolean): Promise<readonly DeclaredChange[]>;
  /** Encrypts all secrets with a new key: the given one, or a new key file. Returns how many secrets there are. */
  rotateSecretKey(newKey: string | null): Promise<number>;
  /** Copies all data into a directory that is created, or empty, and checks the copy. */
  backUp(directory: string, withKey: boolean): Promise<DatabaseReport>;
  checkDatabase(): Promise<DatabaseReport>;
  /** Writes the file again without the room that deleted runs have left. */
  vacuum(): Promise<void>;
  close(): Promise<void>;
}
