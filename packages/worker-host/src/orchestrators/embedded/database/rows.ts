import {
  type Flow,
  type FlowRun,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson as parseJsonText,
  type State,
  type StateType,
  type WorkPool,
} from '@worker-host/core';
import type { Row, SqlValue } from './database.js';
import { RowUnreadableError } from './database-errors.js';

/** JavaScript knows no later time. */
const LATEST_MS = 8.64e15;

/**
 * A time of the database, in milliseconds since the epoch, as RFC 3339; null stays null.
 *
 * @throws RowUnreadableError
 */
export function timeText(ms: SqlValue | undefined): string | null {
  if (typeof ms !== 'number') return null;
  if (Math.abs(ms) > LATEST_MS) throw new RowUnreadableError('a time');
  return new Date(ms).toISOString();
}

/** SQL of a column's JSON, or of other JSON where the column holds none: one damaged row must not fail a whole query. */
export function readableJson(column: string, otherwise: '{}' | '[]'): string {
  return `iif(json_valid(${column}), ${column}, '${otherwise}')`;
}

/** @throws RowUnreadableError */
export function parseJson(text: SqlValue | undefined): JsonValue {
  if (typeof text !== 'string') return null;
  try {
    return parseJsonText(text);
  } catch (error) {
    throw new RowUnreadableError('JSON', { cause: error });
  }
}

/** @throws RowUnreadableError */
export function parseObject(text: SqlValue | undefined): JsonObject {
  const value = parseJson(text) ?? {};
  if (isJsonObject(value)) return value;
  throw new RowUnreadableError('a JSON object');
}

/** @throws RowUnreadableError */
function parseTexts(text: SqlValue | undefined): readonly string[] {
  const value = parseJson(text) ?? [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value as readonly string[];
  throw new RowUnreadableError('a list of texts');
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
    vcpuLimit: numberOf(row.vcpu_limit),
    memoryLimitMib: numberOf(row.memory_limit_mib),
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

/** Columns of a run that {@link toFlowRun} reads. */
const RUN_COLUMNS = [
  ...['id', 'name', 'flow_id', 'deployment_id', 'created_ms', 'idempotency_key', 'auto_scheduled', 'priority'],
  ...['state_id', 'state_type', 'state_name', 'parameters', 'tags', 'labels', 'job_variables', 'infrastructure_pid'],
  ...['start_ms', 'end_ms', 'expected_start_ms', 'scheduled_ms', 'run_count'],
  ...['is_array', 'array_id', 'array_index', 'array_size', 'array_limit'],
];

/** A run as one JSON object, which is read much faster than thirty values. From `flow_runs r` with {@link RUN_JOINS}. */
export const RUN_JSON = `json_object(${RUN_COLUMNS.map((column) => `'${column}', r.${column}`).join(', ')},
  'pool_name', p.name, 'queue_name', q.name,
  'state_timestamp_ms', s.timestamp_ms, 'state_message', s.message, 'state_details', s.details) AS run`;

/** The state of a run, and what it belongs to. */
export const RUN_JOINS = `JOIN work_pools p ON p.id = r.pool_id JOIN work_queues q ON q.id = r.queue_id
  JOIN flow_run_states s ON s.id = r.state_id`;

export const SELECT_RUN = `SELECT ${RUN_JSON} FROM flow_runs r ${RUN_JOINS}`;

/** The runs of rows; a row that cannot be read is omitted, and the others count. */
export function toReadableFlowRuns(rows: readonly Row[]): readonly FlowRun[] {
  return rows.flatMap((row) => {
    try {
      return [toFlowRun(row)];
    } catch (error) {
      if (error instanceof RowUnreadableError) return [];
      throw error;
    }
  });
}

/** @param selected a row with {@link RUN_JSON}. @throws RowUnreadableError */
export function toFlowRun(selected: Row): FlowRun {
  const row = JSON.parse(String(selected.run)) as Row;
  const type = String(row.state_type) as StateType;
  const state: State = {
    id: String(row.state_id),
    type,
    name: String(row.state_name),
    timestamp: timeText(row.state_timestamp_ms) ?? '',
    message: textOf(row.state_message),
    data: null,
    stateDetails: parseObject(row.state_details),
  };
  const run: Omit<FlowRun, 'json'> = {
    id: String(row.id),
    name: String(row.name),
    flowId: String(row.flow_id),
    deploymentId: textOf(row.deployment_id),
    workPoolName: textOf(row.pool_name),
    workQueueName: textOf(row.queue_name),
    state,
    stateType: type,
    stateName: state.name,
    parameters: parseObject(row.parameters),
    tags: parseTexts(row.tags),
    jobVariables: parseObject(row.job_variables),
    labels: parseObject(row.labels),
    infrastructurePid: textOf(row.infrastructure_pid),
    startTime: timeText(row.start_ms),
    expectedStartTime: timeText(row.expected_start_ms),
    nextScheduledStartTime: type === 'SCHEDULED' ? timeText(row.scheduled_ms) : null,
    runCount: Number(row.run_count),
  };
  return { ...run, json: wireRun(run, state, row) };
}

function wireRun(run: Omit<FlowRun, 'json'>, state: State, row: Row): JsonObject {
  return {
    id: run.id,
    created: timeText(row.created_ms),
    name: run.name,
    flow_id: run.flowId,
    deployment_id: run.deploymentId,
    work_pool_name: run.workPoolName,
    work_queue_name: run.workQueueName,
    state_id: state.id,
    state_type: state.type,
    state_name: state.name,
    state: {
      id: state.id,
      type: state.type,
      name: state.name,
      timestamp: state.timestamp,
      message: state.message,
      state_details: state.stateDetails,
    },
    parameters: run.parameters,
    tags: run.tags,
    labels: run.labels,
    job_variables: run.jobVariables,
    infrastructure_pid: run.infrastructurePid,
    idempotency_key: textOf(row.idempotency_key),
    expected_start_time: run.expectedStartTime,
    next_scheduled_start_time: run.nextScheduledStartTime,
    start_time: run.startTime,
    end_time: timeText(row.end_ms),
    run_count: run.runCount,
    auto_scheduled: row.auto_scheduled === 1,
    priority: numberOf(row.priority),
    ...wireArray(row),
  };
}

/** An array, or the place in one; nothing for other runs. */
function wireArray(row: Row): JsonObject {
  if (row.array_size === null) return {};
  const array_size = numberOf(row.array_size);
  return row.is_array === 1
    ? { array_size, array_first_index: numberOf(row.array_index), array_limit: numberOf(row.array_limit) }
    : { array_size, array_run_id: textOf(row.array_id), array_index: numberOf(row.array_index) };
}

/** Embedded flows are names only: of a deployment, or of a pool for its plain commands. */
export function toFlow(id: string, name: string): Flow {
  return { id, name, tags: [], json: { id, name, tags: [], labels: {} } };
}
