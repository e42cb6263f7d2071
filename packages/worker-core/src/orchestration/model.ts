import type { JsonObject } from '../json/json.js';
import type { State } from './state.js';

/** A work pool: one kind of infrastructure, with one job template. */
export interface WorkPool {
  readonly id: string;
  readonly name: string;
  /** Worker type that serves the pool. Example: `local-process`. */
  readonly type: string;
  /** Empty object: none yet. */
  readonly baseJobTemplate: JsonObject;
  readonly isPaused: boolean;
  /** Maximum number of pending and running runs. Null: no limit. */
  readonly concurrencyLimit: number | null;
  /** Maximum total vCPUs of the active runs. Null: no limit, as in every pool of a Prefect server. */
  readonly vcpuLimit: number | null;
  /** Maximum total memory of the active runs, in MiB. Null: no limit, as in every pool of a Prefect server. */
  readonly memoryLimitMib: number | null;
}

/** Resources that a run requests from its infrastructure. */
export interface RunResources {
  /** May be a fraction. */
  readonly vcpus: number;
  readonly memoryMib: number;
}

/** A run of a flow or of a command: what a worker launches. */
export interface FlowRun {
  readonly id: string;
  readonly name: string;
  readonly flowId: string | null;
  readonly deploymentId: string | null;
  readonly workPoolName: string | null;
  readonly workQueueName: string | null;
  /** Null if the orchestrator omitted it, as in a poll. */
  readonly state: State | null;
  readonly stateType: State['type'] | null;
  readonly stateName: string | null;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  /** Job variables of the run, not merged with the deployment's. */
  readonly jobVariables: JsonObject;
  readonly labels: JsonObject;
  readonly infrastructurePid: string | null;
  /** RFC 3339. Null: the run was never running. */
  readonly startTime: string | null;
  /** RFC 3339. */
  readonly expectedStartTime: string | null;
  readonly nextScheduledStartTime: string | null;
  readonly runCount: number;
  /** True: the job retries the scheduled run itself, so no worker launches it. Default: false. */
  readonly isRetriedByItsJob?: boolean;
  /** The object as received from the orchestrator, in wire names: `ctx.flow_run` in templates. */
  readonly json: JsonObject;
}

export interface Deployment {
  readonly id: string;
  readonly name: string;
  readonly flowId: string | null;
  /** RFC 3339, as received from the orchestrator. */
  readonly updated: string | null;
  readonly jobVariables: JsonObject;
  readonly tags: readonly string[];
  readonly json: JsonObject;
}

export interface Flow {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly json: JsonObject;
}
