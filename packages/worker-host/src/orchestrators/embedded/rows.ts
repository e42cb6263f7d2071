import type { Flow, FlowRun, JsonObject, JsonValue, State, StateType, WorkPool } from '@worker-host/core';
import type { Row, SqlValue } from './database.js';

/** A time of the database, in milliseconds since the epoch, as RFC 3339; null stays null. */
export function timeText(ms: SqlValue | undefined): string | null {
  return typeof ms === 'number' ? new Date(ms).toISOString() : null;
}

export function parseJson(text: SqlValue | undefined): JsonValue {
  return typeof text === 'string' ? (JSON.parse(text) as JsonValue) : null;
}

export function parseObject(text: SqlValue | undefined): JsonObject {
  return (parseJson(text) ?? {}) as JsonObject;
}

export function textOf(value: SqlValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function numberOf(value: SqlValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

export function toWorkPool(row: Row): WorkPool {
  return {
    id: String(row.id),
    name: String(row.name),
    type: String(row.type),
    baseJobTemplate: parseObject(row.base_job_template),
    isPaused: row.is_paused === 1,
    concurrencyLimit: numberOf(row.concurrency_limit),
  };
}

export function toState(row: Row): State {
  return {
    id: String(row.id),
    type: String(row.type) as StateType,
    name: String(row.name),
    timestamp: timeText(row.timestamp_ms) ?? '',
    message: textOf(row.message),
    data: null,
    stateDetails: parseObject(row.details),
  };
}

/** Columns of a run with the names of what it belongs to. */
export const SELECT_RUN = `
  SELECT r.*, p.name AS pool_name, q.name AS queue_name, d.name AS deployment_name
  FROM flow_runs r JOIN work_pools p ON p.id = r.pool_id JOIN work_queues q ON q.id = r.queue_id
  LEFT JOIN deployments d ON d.id = r.deployment_id`;

export function toFlowRun(row: Row): FlowRun {
  const json: JsonObject = {
    id: row.id as string,
    name: row.name as string,
    flow_id: row.flow_id as string,
    deployment_id: textOf(row.deployment_id),
    work_pool_name: textOf(row.pool_name),
    work_queue_name: textOf(row.queue_name),
    state_type: row.state_type as string,
    state_name: row.state_name as string,
    parameters: parseObject(row.parameters),
    tags: parseJson(row.tags) ?? [],
    labels: parseObject(row.labels),
    job_variables: parseObject(row.job_variables),
    infrastructure_pid: textOf(row.infrastructure_pid),
    idempotency_key: textOf(row.idempotency_key),
    created: timeText(row.created_ms),
    expected_start_time: timeText(row.scheduled_ms),
    next_scheduled_start_time: row.state_type === 'SCHEDULED' ? timeText(row.scheduled_ms) : null,
    start_time: timeText(row.start_ms),
    end_time: timeText(row.end_ms),
    run_count: numberOf(row.run_count) ?? 0,
    auto_scheduled: row.auto_scheduled === 1,
  };
  return {
    id: String(row.id),
    name: String(row.name),
    flowId: String(row.flow_id),
    deploymentId: textOf(row.deployment_id),
    workPoolName: textOf(row.pool_name),
    workQueueName: textOf(row.queue_name),
    state: null,
    stateType: String(row.state_type) as StateType,
    stateName: String(row.state_name),
    parameters: json.parameters as JsonObject,
    tags: json.tags as string[],
    jobVariables: json.job_variables as JsonObject,
    labels: json.labels as JsonObject,
    infrastructurePid: textOf(row.infrastructure_pid),
    startTime: timeText(row.start_ms),
    expectedStartTime: timeText(row.scheduled_ms),
    nextScheduledStartTime: json.next_scheduled_start_time as string | null,
    runCount: numberOf(row.run_count) ?? 0,
    json,
  };
}

/** The flow of a deployment, or of plain commands of a pool: embedded flows are names only. */
export function toFlow(id: string, name: string): Flow {
  return { id, name, tags: [], json: { id, name, tags: [], labels: {} } };
}
