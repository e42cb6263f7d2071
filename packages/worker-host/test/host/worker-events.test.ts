import { aDeployment, aFlow, aFlowRun } from '@worker-host/testing';
import { expect } from 'chai';
import { flowRunExecuted, flowRunSubmitted, workerStarted, workerStopped } from '../../src/host/worker-events.js';

const SPEAKER = {
  workerName: 'W one',
  workerType: 'fake',
  prefectVersion: '3.8.8',
  workPool: { id: 'pool-id', name: 'p' },
};
const RESOURCE = {
  'prefect.resource.id': 'prefect.worker.fake.w-one',
  'prefect.resource.name': 'W one',
  'prefect.version': '3.8.8',
  'prefect.worker-type': 'fake',
};
const POOL = {
  'prefect.resource.id': 'prefect.work-pool.pool-id',
  'prefect.resource.role': 'work-pool',
  'prefect.resource.name': 'p',
};
const FLOW_RUN = {
  'prefect.resource.id': 'prefect.flow-run.run-id',
  'prefect.resource.role': 'flow-run',
  'prefect.resource.name': 'otter',
};
const RUN = {
  flowRun: aFlowRun({ id: 'run-id', name: 'otter' }),
  deployment: null,
  flow: null,
  submittedEventId: 'event-1',
};
const tag = (name: string) => ({ 'prefect.resource.id': `prefect.tag.${name}`, 'prefect.resource.role': 'tag' });

describe('the events of a worker', () => {
  it('report its start and stop', () => {
    expect(workerStarted(SPEAKER)).to.deep.equal({
      event: 'prefect.worker.started',
      resource: RESOURCE,
      related: [POOL],
    });
    expect(workerStopped(SPEAKER, 'event-0')).to.deep.equal({
      event: 'prefect.worker.stopped',
      resource: RESOURCE,
      related: [POOL],
      follows: 'event-0',
    });
    expect(workerStarted({ ...SPEAKER, workPool: null }).related).to.deep.equal([]);
  });

  it('report the submission and execution of a run', () => {
    expect(flowRunSubmitted(SPEAKER, RUN)).to.deep.equal({
      event: 'prefect.worker.submitted-flow-run',
      resource: RESOURCE,
      related: [FLOW_RUN, POOL],
    });
    const outcome = { 'prefect.infrastructure.identifier': 'pid', 'prefect.infrastructure.status-code': '3' };
    expect(flowRunExecuted(SPEAKER, RUN, 'pid', 3)).to.deep.equal({
      event: 'prefect.worker.executed-flow-run',
      resource: RESOURCE,
      related: [{ ...FLOW_RUN, ...outcome }, POOL],
      follows: 'event-1',
    });
  });

  it('contain deployment, flow and all tags, each once and in order', () => {
    const run = {
      ...RUN,
      flowRun: aFlowRun({ id: 'run-id', name: 'otter', tags: ['z', 'b'] }),
      deployment: aDeployment({ id: 'd', name: 'nightly', tags: ['c', 'b'] }),
      flow: aFlow({ id: 'f', name: 'etl', tags: ['a'] }),
    };

    expect(flowRunSubmitted(SPEAKER, run).related).to.deep.equal([
      {
        'prefect.resource.id': 'prefect.deployment.d',
        'prefect.resource.role': 'deployment',
        'prefect.resource.name': 'nightly',
      },
      { 'prefect.resource.id': 'prefect.flow.f', 'prefect.resource.role': 'flow', 'prefect.resource.name': 'etl' },
      FLOW_RUN,
      ...['a', 'b', 'c', 'z'].map(tag),
      POOL,
    ]);
  });

  it('contain branch, base and root of a deployment of a branch', () => {
    const json = { branch: 'main', base: 'base-id', root: 'root-id' };
    const related = (of: typeof json | { readonly branch: number; readonly base: null }) =>
      flowRunSubmitted(SPEAKER, { ...RUN, deployment: aDeployment({ id: 'd', name: 'nightly', json: of }) })
        .related?.[0];

    expect(related(json)).to.deep.include({
      'prefect.deployment.branch': 'main',
      'prefect.deployment.base': 'prefect.deployment.base-id',
      'prefect.deployment.root': 'prefect.deployment.root-id',
    });
    expect(Object.keys(related({ branch: 5, base: null }) ?? {})).to.have.length(3);
  });
});
