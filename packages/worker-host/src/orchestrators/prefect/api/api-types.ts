import type { JsonObject, JsonValue, StateType } from '@worker-host/core';

/**
 * Responses of the REST API, in wire names: only the members that this worker reads. The interop suite compares each
 * with the server's own OpenAPI document.
 */

export interface ApiWorkPool {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly base_job_template: JsonObject;
  readonly is_paused: boolean;
  readonly concurrency_limit: number | null;
}

export interface ApiState {
  readonly id: string;
  readonly type: StateType;
  readonly name: string | null;
  readonly timestamp: string;
  readonly message: string | null;
  readonly data?: JsonValue;
  readonly state_details: JsonObject;
}

export interface ApiFlowRun {
  readonly id: string;
  readonly name: string;
  readonly flow_id: string | null;
  readonly deployment_id: string | null;
  readonly work_pool_name?: string | null;
  readonly work_queue_name: string | null;
  readonly state: ApiState | null;
  readonly state_type: StateType | null;
  readonly state_name: string | null;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  readonly job_variables: JsonObject | null;
  readonly labels: JsonObject | null;
  readonly infrastructure_pid: string | null;
  readonly start_time: string | null;
  readonly expected_start_time: string | null;
  readonly next_scheduled_start_time: string | null;
  readonly run_count: number;
  readonly empirical_policy?: JsonObject;
}

export interface ApiScheduledRun {
  readonly work_queue_id: string;
  readonly flow_run: ApiFlowRun;
}

export interface ApiDeployment {
  readonly id: string;
  readonly name: string;
  readonly flow_id: string | null;
  readonly updated: string | null;
  readonly job_variables: JsonObject | null;
  readonly tags: readonly string[];
}

export interface ApiFlow {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
}

export interface ApiWorker {
  readonly name: string;
  readonly status: 'ONLINE' | 'OFFLINE';
  /** Null: no heartbeat was ever accepted. */
  readonly last_heartbeat_time: string | null;
  /** Declared seconds between two heartbeats. Null: not declared. */
  readonly heartbeat_interval_seconds?: number | null;
}

/** A state that is proposed. */
export interface ApiStateCreate {
  readonly type: string;
  readonly name: string;
  readonly message: string | null;
  readonly data: unknown;
  readonly state_details: JsonObject;
}

export interface ApiOrchestrationResult {
  readonly state: ApiState | null;
  readonly status: 'ACCEPT' | 'REJECT' | 'ABORT' | 'WAIT';
  readonly details: { readonly type?: string; readonly reason?: string | null; readonly delay_seconds?: number };
}

export interface ApiBlockDocument {
  readonly id: string;
  readonly name: string | null;
  readonly data: JsonObject;
  readonly block_schema: { readonly fields?: JsonObject | null } | null;
  readonly block_type: { readonly slug: string } | null;
}

export interface ApiVariable {
  readonly name: string;
  readonly value: JsonValue;
  readonly updated?: string | null;
}

/** Body of a new variable. */
export interface ApiVariableCreate {
  readonly name: string;
  readonly value: JsonValue;
  readonly tags: readonly string[];
}

/** Body of one log line. */
export interface ApiLogCreate {
  readonly name: string;
  readonly level: number;
  readonly message: string;
  readonly timestamp: string;
  readonly flow_run_id: string | null;
  readonly task_run_id: null;
  /** Prefect Cloud only: a self-hosted server rejects it. */
  readonly worker_id?: string;
}

/** Filter of flow runs, as far as it is used. */
export interface ApiFlowRunFilter {
  readonly flow_runs?: {
    readonly id?: { readonly any_?: readonly string[]; readonly not_any_?: readonly string[] };
    /** At or before. */
    readonly expected_start_time?: { readonly before_: string };
    readonly state?: { readonly type?: { readonly any_: readonly StateType[] } };
  };
  readonly work_pools?: { readonly name: { readonly any_: readonly string[] } };
}

/** Sort order and page of a list of flow runs. */
export interface ApiFlowRunPage {
  readonly sort: 'ID_DESC' | 'EXPECTED_START_TIME_ASC' | 'EXPECTED_START_TIME_DESC' | 'START_TIME_DESC';
  readonly limit: number;
  readonly offset: number;
}
