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
  /** 1 has the highest priority. */
  readonly priority: number;
  readonly concurrencyLimit: number | null;
  readonly isPaused: boolean;
}

/** Number of objects in a pool. */
export interface WorkPoolContents {
  readonly deployments: number;
  readonly schedules: number;
  readonly runs: number;
  /** Number of runs that are scheduled. */
  readonly waitingRuns: number;
  readonly logLines: number;
}

export interface DeploymentView extends Deployment {
  readonly workPoolName: string;
  readonly workQueueName: string | null;
  readonly parameters: JsonObject;
  readonly schedules: readonly Schedule[];
  /** Maximum number of its active runs. Null: no limit. */
  readonly limit: LimitRule | null;
  /** Concurrency key of its runs. Null: none. */
  readonly concurrency: RunConcurrency | null;
  /** Priority of its runs; 1 is the highest. */
  readonly priority: number;
  /** Retries, rules and time limits of its runs. Null: none. */
  readonly policy: JobPolicy | null;
  readonly description: string | null;
  /** The flow that it runs on a Prefect server. Null: none. */
  readonly entrypoint: string | null;
  readonly isPaused: boolean;
}

export interface RunView {
  readonly flowRun: FlowRun;
  /** Null: a plain command, or its deployment was deleted. */
  readonly deploymentName: string | null;
  /** Oldest first. */
  readonly states: readonly State[];
  /** Oldest first. */
  readonly attempts: readonly RunAttempt[];
  /** Launches of all attempts, oldest first, as far as the plugin reports its requests. */
  readonly launches: readonly SentLaunch[];
  /** Its retries, rules and time limits. Null: none. */
  readonly policy: JobPolicy | null;
  /** Stored facts about the end: phases, exit code, diagnosis. Null: none yet. */
  readonly result: JsonObject | null;
  /** For an array: the number of its runs by state. Null: not an array. */
  readonly arrayCounts: StateCounts | null;
}

export interface StoredLog extends LogRecord {
  /** Increases with each line of the file; the position of a follower. */
  readonly sequence: number;
  /** Counted from 1; 0: before the first attempt, or written by an older version. */
  readonly attempt: number;
}

/** Limits of the active runs of a pool. Null: no limit. Absent: unchanged; for a new pool, no limit. */
export interface PoolLimits {
  readonly concurrencyLimit?: number | null;
  /** Maximum total vCPUs; fractions are allowed. */
  readonly vcpuLimit?: number | null;
  /** Maximum total memory, in MiB. */
  readonly memoryLimitMib?: number | null;
}

/** Operations of the commands on the embedded pool. Unknown and duplicate names are errors with their own codes. */
export interface Administration {
  readonly databasePath: string;
  listWorkPools(): Promise<readonly WorkPool[]>;
  readWorkPool(name: string): Promise<WorkPool>;
  createWorkPool(
    pool: {
      readonly name: string;
      readonly type: string;
      /** Default: empty; the first worker replaces it by that of its plugin. */
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
  /** Objects that are deleted with a pool. */
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
  /** @param deploymentName null: all deployments. @param nextTimes number of future times to compute. */
  listSchedules(deploymentName: string | null, nextTimes: number): Promise<readonly ScheduleView[]>;
  addSchedule(deploymentName: string, schedule: Schedule): Promise<void>;
  /** @param which name or number; null: all of the deployment. @param untilMs null: until it is resumed. */
  pauseSchedule(deploymentName: string, which: string | null, untilMs: number | null): Promise<void>;
  resumeSchedule(deploymentName: string, which: string | null): Promise<void>;
  deleteSchedule(deploymentName: string, which: string): Promise<void>;
  /**
   * Creates a run of a deployment, or of the job variable `command` in a pool; absent options have their defaults.
   * Returns the existing run, with `isNew` false, if its idempotency or unique key was used before.
   */
  createFlowRun(run: Partial<NewFlowRun>): Promise<RequestedRun>;
  /** Yields the states and log lines of a run, from its beginning to its end. @param id the complete id. */
  followRun(id: string, signal?: AbortSignal): AsyncIterable<RunNews>;
  /** Resolves with the run when it has ended. @param id the complete id. */
  awaitRun(id: string, signal?: AbortSignal): Promise<RunView>;
  listRuns(query: RunQuery): Promise<RunPage>;
  /** Returns a run as in lists. @param id the complete id. */
  readRunSummary(id: string): Promise<RunSummary>;
  /** Returns a pool as on its page. */
  readPoolOverview(name: string): Promise<PoolOverview>;
  /** Changes when another process, or another connection, has written. */
  dataVersion(): Promise<number>;
  /** @param workPoolName null or absent: all pools. */
  listWorkers(workPoolName?: string | null): Promise<readonly WorkerView[]>;
  /** By id, by the beginning of an id, or by name. */
  readRun(idOrName: string): Promise<RunView>;
  readLogs(flowRunId: string, query: LogQuery): Promise<readonly StoredLog[]>;
  cancelFlowRun(flowRunId: string): Promise<State>;
  /** Returns the number of selected runs, by state. */
  countRuns(filter: RunSelectionFilter): Promise<StateCounts>;
  /** Cancels the selected runs; returns how many. */
  cancelRuns(filter: RunSelectionFilter): Promise<number>;
  /** Deletes the selected runs that no worker owns; returns how many. */
  deleteRuns(filter: RunSelectionFilter): Promise<number>;
  /** Schedules the selected runs again that have ended; returns how many. */
  retryRuns(filter: RunSelectionFilter, change: RetryChange): Promise<number>;
  readRetention(poolName: string): Promise<Retention>;
  setRetention(
    poolName: string,
    stateTypes: readonly RetainedStateType[],
    rule: Partial<RetentionRule>,
  ): Promise<Retention>;
  /** Returns the number of runs that the retention rules of a pool, or of all, would delete. */
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
  /** Returns pools, deployments, limits and variables, in the form of a file for `apply`. */
  readDeclaration(): Promise<Declaration>;
  /**
   * Returns the differences from the declaration. @param prune objects with its label that it does not contain count
   * too.
   */
  compareDeclaration(declaration: Declaration, prune: boolean): Promise<readonly DeclaredChange[]>;
  /** Applies the declaration, completely or not at all; returns the changes. */
  applyDeclaration(declaration: Declaration, prune: boolean): Promise<readonly DeclaredChange[]>;
  /** Encrypts all secrets with a new key: the given one, or a new key file. Returns the number of secrets. */
  rotateSecretKey(newKey: string | null): Promise<number>;
  /** Copies all data into a directory that is created, or empty, and checks the copy. */
  backUp(directory: string, withKey: boolean): Promise<DatabaseReport>;
  checkDatabase(): Promise<DatabaseReport>;
  /** Rewrites the file without the free space of deleted runs. */
  vacuum(): Promise<void>;
  close(): Promise<void>;
}
