import type { JsonObject } from '../json/json.js';
import type { State } from './state.js';

/** A work pool: one kind of infrastructure, one template for its jobs. */
export interface WorkPool {
  readonly id: string;
  readonly name: string;
  /** The worker type that serves it, such as `local-process`. */
  readonly type: string;
  /** Empty object: none yet. */
  readonly baseJobTemplate: JsonObject;
  readonly isPaused: boolean;
  /** Most runs pending or running at once; null: no limit. */
  readonly concurrencyLimit: number | null;
  /** Maximum total vCPUs of the active runs. Null: no limit, as in every pool of a Prefect server. */
  readonly vcpuLimit: number | null;
  /** Maximum total memory of the active runs, in MiB. Null: no limit, as in every pool of a Prefect server. */
  readonly memoryLimitMib: number | null;
}

/** What a run asks of its infrastructure. */
export interface RunResources {
  /** May be a fraction. */
  readonly vcpus: number;
  readonly memoryMib: number;
}

/** A run of a flow (or of a plain command): what a worker launches. */
export interface FlowRun {
  readonly id: string;
  readonly name: string;
  readonly flowId: string | null;
  readonly deploymentId: string | null;
  readonly workPoolName: string | null;
  readonly workQueueName: string | null;
  /** Null where the orchestrator left it out, as a poll does. */
  readonly state: State | null;
  readonly stateType: State['type'] | null;
  readonly stateName: string | null;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  /** The run's own job variables, before the deployment's are put under them. */
  readonly jobVariables: JsonObject;
  readonly labels: JsonObject;
  readonly infrastructurePid: string | null;
  /** RFC 3339; null: never was running. */
  readonly startTime: string | null;
  /** RFC 3339. */
  readonly expectedStartTime: string | null;
  readonly nextScheduledStartTime: string | null;
  readonly runCount: number;
  /** The job itself tries the scheduled run again: no worker launches it. Default: false. */
  readonly isRetriedByItsJob?: boolean;
  /** The object as the orchestrator gave it, in wire names: what `ctx.flow_run` in a template sees. */
  readonly json: JsonObject;
}

export interface Deployment {
  readonly id: string;
  readonly name: string;
  readonly flowId: string | null;
  /** RFC 3339, as the orchestrator gave it. */
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
