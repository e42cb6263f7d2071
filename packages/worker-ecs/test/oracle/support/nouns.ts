import {
  type Deployment,
  type Flow,
  type FlowRun,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@worker-host/core';

const FLOW_RUN_DEFAULTS: JsonObject = {
  created: null,
  updated: null,
  deployment_id: null,
  deployment_version: null,
  work_queue_id: null,
  work_queue_name: null,
  flow_version: null,
  parameters: {},
  idempotency_key: null,
  context: {},
  empirical_policy: {
    max_retries: 0,
    retry_delay_seconds: 0,
    retries: null,
    retry_delay: null,
    pause_keys: [],
    resuming: false,
    retry_type: null,
  },
  tags: [],
  labels: {},
  parent_task_run_id: null,
  run_count: 0,
  expected_start_time: null,
  next_scheduled_start_time: null,
  start_time: null,
  end_time: null,
  total_run_time: 0,
  estimated_run_time: 0,
  estimated_start_time_delta: 0,
  auto_scheduled: false,
  infrastructure_document_id: null,
  infrastructure_pid: null,
  created_by: null,
  work_pool_id: null,
  work_pool_name: null,
  state: null,
  state_id: null,
  state_type: null,
  state_name: null,
  job_variables: null,
};
const FLOW_DEFAULTS: JsonObject = { created: null, updated: null, tags: [], labels: {} };

/** Returns the flow run of a case, absent fields at their defaults. */
export function flowRunOf(wire: JsonObject): FlowRun {
  const json = { ...FLOW_RUN_DEFAULTS, ...wire };
  return {
    id: String(json.id),
    name: String(json.name),
    flowId: text(json.flow_id),
    deploymentId: text(json.deployment_id),
    workPoolName: text(json.work_pool_name),
    workQueueName: text(json.work_queue_name),
    state: null,
    stateType: null,
    stateName: text(json.state_name),
    parameters: object(json.parameters),
    tags: texts(json.tags),
    jobVariables: object(json.job_variables),
    labels: object(json.labels),
    infrastructurePid: text(json.infrastructure_pid),
    startTime: text(json.start_time),
    expectedStartTime: text(json.expected_start_time),
    nextScheduledStartTime: text(json.next_scheduled_start_time),
    runCount: Number(json.run_count ?? 0),
    json,
  };
}

export function deploymentOf(wire: JsonObject | null): Deployment | null {
  if (!wire) return null;
  return {
    id: String(wire.id),
    name: String(wire.name),
    flowId: text(wire.flow_id),
    updated: text(wire.updated),
    jobVariables: object(wire.job_variables),
    tags: texts(wire.tags),
    json: wire,
  };
}

export function flowOf(wire: JsonObject | null): Flow | null {
  if (!wire) return null;
  return { id: String(wire.id), name: String(wire.name), tags: texts(wire.tags), json: { ...FLOW_DEFAULTS, ...wire } };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
