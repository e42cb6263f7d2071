import type { Deployment, Flow, FlowRun, WorkPool } from '@worker-host/core';

/** Returns a scheduled run of a deployment, with the given members overridden. */
export function aFlowRun(over: Partial<FlowRun> = {}): FlowRun {
  const id = over.id ?? '11111111-1111-4111-8111-111111111111';
  const name = over.name ?? 'amber-otter';
  return {
    flowId: '22222222-2222-4222-8222-222222222222',
    deploymentId: '33333333-3333-4333-8333-333333333333',
    workPoolName: 'a-pool',
    workQueueName: 'default',
    state: null,
    stateType: 'SCHEDULED',
    stateName: 'Scheduled',
    parameters: {},
    tags: [],
    jobVariables: {},
    labels: {},
    infrastructurePid: null,
    startTime: null,
    expectedStartTime: '2026-01-02T03:04:05.000000+00:00',
    nextScheduledStartTime: '2026-01-02T03:04:05.000000+00:00',
    runCount: 0,
    json: { id, name, parameters: over.parameters ?? {}, tags: over.tags ?? [] },
    ...over,
    id,
    name,
  };
}

/** Returns the deployment of {@link aFlowRun}. */
export function aDeployment(over: Partial<Deployment> = {}): Deployment {
  const id = over.id ?? '33333333-3333-4333-8333-333333333333';
  const name = over.name ?? 'a-deployment';
  return {
    flowId: '22222222-2222-4222-8222-222222222222',
    updated: '2026-01-01T00:00:00.000000Z',
    jobVariables: {},
    tags: [],
    json: { id, name, tags: over.tags ?? [] },
    ...over,
    id,
    name,
  };
}

/** Returns the flow of {@link aFlowRun}. */
export function aFlow(over: Partial<Flow> = {}): Flow {
  const id = over.id ?? '22222222-2222-4222-8222-222222222222';
  const name = over.name ?? 'a-flow';
  return { tags: [], json: { id, name, tags: over.tags ?? [] }, ...over, id, name };
}

/** Returns an unpaused pool without a limit; its template is empty by default. */
export function aWorkPool(over: Partial<WorkPool> = {}): WorkPool {
  return {
    id: '44444444-4444-4444-8444-444444444444',
    name: 'a-pool',
    type: 'a-type',
    baseJobTemplate: {},
    isPaused: false,
    concurrencyLimit: null,
    vcpuLimit: null,
    memoryLimitMib: null,
    ...over,
  };
}
