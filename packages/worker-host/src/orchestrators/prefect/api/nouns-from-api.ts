import type { Deployment, Flow, FlowRun, JsonObject, State, WorkPool } from '@worker-host/core';
import type { ApiDeployment, ApiFlow, ApiFlowRun, ApiState, ApiWorkPool } from './api-types.js';

export function toWorkPool(api: ApiWorkPool): WorkPool {
  return {
    id: api.id,
    name: api.name,
    type: api.type,
    baseJobTemplate: api.base_job_template ?? {},
    isPaused: api.is_paused ?? false,
    concurrencyLimit: api.concurrency_limit ?? null,
    vcpuLimit: null,
    memoryLimitMib: null,
  };
}

export function toState(api: ApiState): State {
  return {
    id: api.id,
    type: api.type,
    name: api.name ?? api.type,
    timestamp: api.timestamp,
    message: api.message,
    data: api.data ?? null,
    stateDetails: api.state_details ?? {},
  };
}

export function toFlowRun(api: ApiFlowRun): FlowRun {
  return {
    id: api.id,
    name: api.name,
    flowId: api.flow_id,
    deploymentId: api.deployment_id,
    workPoolName: api.work_pool_name ?? null,
    workQueueName: api.work_queue_name,
    state: !api.state ? null : toState(api.state),
    stateType: api.state_type,
    stateName: api.state_name,
    parameters: api.parameters ?? {},
    tags: api.tags ?? [],
    jobVariables: api.job_variables ?? {},
    labels: api.labels ?? {},
    infrastructurePid: api.infrastructure_pid || null,
    startTime: api.start_time,
    expectedStartTime: api.expected_start_time,
    nextScheduledStartTime: api.next_scheduled_start_time,
    runCount: api.run_count,
    isRetriedByItsJob: api.empirical_policy?.retry_type === 'in_process',
    json: api as unknown as JsonObject,
  };
}

export function toDeployment(api: ApiDeployment): Deployment {
  return {
    id: api.id,
    name: api.name,
    flowId: api.flow_id,
    updated: api.updated,
    jobVariables: api.job_variables ?? {},
    tags: api.tags ?? [],
    json: api as unknown as JsonObject,
  };
}

export function toFlow(api: ApiFlow): Flow {
  return { id: api.id, name: api.name, tags: api.tags ?? [], json: api as unknown as JsonObject };
}
