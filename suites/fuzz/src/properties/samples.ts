import type { JsonValue } from '@worker-host/core';

const ID = '11111111-2222-3333-4444-555555555555';
const TIME = '2026-01-01T00:00:00.000000Z';
const STATE = {
  id: ID,
  type: 'PENDING',
  name: 'Pending',
  timestamp: TIME,
  message: null,
  data: null,
  state_details: {},
};
export const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef';

/** Answers of the Prefect API that are good. */
export const ANSWERS = {
  id: ID,
  workPool: {
    id: ID,
    name: 'p',
    type: 'ecs',
    base_job_template: { job_configuration: { command: '{{ command }}' }, variables: { properties: {} } },
    is_paused: false,
    concurrency_limit: null,
  },
  state: STATE,
  flowRun: {
    id: ID,
    name: 'a-run',
    flow_id: ID,
    deployment_id: ID,
    work_pool_name: 'p',
    work_queue_name: 'default',
    state: STATE,
    state_type: 'PENDING',
    state_name: 'Pending',
    parameters: { a: 1 },
    tags: ['t'],
    job_variables: { env: { A: 'b' } },
    labels: {
      'prefect.worker.name': 'w',
      'worker-host.lease': 'token',
      'worker-host.attempt': ID,
      'worker-host.heartbeat': '{"worker":"w","silenceSeconds":90,"deaths":1}',
      'worker-host.launch': `{"attempt":"${ID}","relaunch":0,"place":{"account":"1"},"earlierPid":null}`,
    },
    infrastructure_pid: null,
    start_time: null,
    expected_start_time: TIME,
    next_scheduled_start_time: TIME,
    run_count: 0,
    empirical_policy: { retry_type: null },
  },
  deployment: { id: ID, name: 'd', flow_id: ID, updated: TIME, job_variables: {}, tags: [] },
  flow: { id: ID, name: 'f', tags: [] },
  worker: { name: 'w', status: 'ONLINE', last_heartbeat_time: TIME },
  result: { status: 'ACCEPT', state: STATE, details: {} },
  block: {
    id: ID,
    name: 'b',
    data: { value: 1 },
    block_schema: { fields: { secret_fields: ['value'] } },
    block_type: { slug: 'secret' },
  },
  variable: { name: 'v', value: { a: 1 } },
} satisfies Record<string, JsonValue>;

function frame(type: string, payload: JsonValue): JsonValue {
  return { type, id: ID, sent_at: TIME, payload };
}

/** Frames of the worker channel. */
export const FRAMES: readonly JsonValue[] = [
  frame('worker.ready.v1', {
    consumer_id: ID,
    worker_id: ID,
    effective_heartbeat_interval_seconds: 30,
    accepted_capabilities: ['worker_heartbeat.v1', 'work_pool_snapshot.v1'],
    initial_snapshot: { snapshot_sequence: 1, reason: 'initial', work_pool: ANSWERS.workPool },
  }),
  frame('work_pool.snapshot.v1', { snapshot_sequence: 2, reason: 'updated', work_pool: ANSWERS.workPool }),
  frame('cleanup.message.v1', {
    message_id: ID,
    kind: 'cancel',
    reservation_token: 't',
    lease_expires_at: TIME,
    delivery_count: 1,
    target: { flow_run_id: ID, infrastructure_pid: 'pid' },
  }),
  frame('cleanup.operation_result.v1', {
    request_frame_id: ID,
    status: 'ok',
    lease_expires_at: TIME,
    reason: null,
  }),
];

/** An event of Prefect's stream. */
export const EVENT: JsonValue = {
  type: 'event',
  event: {
    id: ID,
    event: 'prefect.flow-run.Cancelling',
    occurred: TIME,
    resource: { 'prefect.resource.id': `prefect.flow-run.${ID}`, 'prefect.run-count': '0' },
  },
};

export const TASK: JsonValue = {
  taskArn: TASK_ARN,
  clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
  lastStatus: 'STOPPED',
  desiredStatus: 'STOPPED',
  version: 3,
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  startedBy: 'worker-host/x',
  containers: [{ name: 'prefect', exitCode: 1, lastStatus: 'STOPPED', reason: 'x' }],
  tags: [{ key: 'a', value: 'b' }],
};

/** A message of the queue of task events. */
export const QUEUE_MESSAGE: JsonValue = {
  version: '0',
  id: ID,
  'detail-type': 'ECS Task State Change',
  source: 'aws.ecs',
  account: '123456789012',
  time: TIME,
  region: 'us-east-1',
  detail: TASK,
};
