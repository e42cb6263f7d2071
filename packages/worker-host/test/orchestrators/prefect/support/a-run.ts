import type { ApiFlowRun } from '../../../../src/orchestrators/prefect/api/api-types.js';

/** A run as the API gives it. */
export function aRun(changes: Partial<ApiFlowRun> & { stateTimestamp?: string } = {}): ApiFlowRun {
  const { stateTimestamp, ...rest } = changes;
  const type = rest.state_type ?? 'PENDING';
  return {
    id: 'r1',
    name: 'run-one',
    flow_id: 'f1',
    deployment_id: 'd1',
    work_pool_name: 'p',
    work_queue_name: 'default',
    state: {
      id: 's1',
      type,
      name: type,
      timestamp: stateTimestamp ?? '2027-01-01T00:00:00Z',
      message: null,
      state_details: {},
    },
    state_type: type,
    state_name: type,
    parameters: {},
    tags: [],
    job_variables: null,
    labels: {},
    infrastructure_pid: null,
    start_time: null,
    expected_start_time: null,
    next_scheduled_start_time: null,
    run_count: 0,
    ...rest,
  };
}
