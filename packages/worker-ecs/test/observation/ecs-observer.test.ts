import type { WorkerEvent } from '@worker-host/core';
import { expect } from 'chai';
import { EcsObserver } from '../../src/observation/ecs-observer.js';
import type {
  ObservedFlowRun,
  ObservedLogLine,
  ObservedStateProposal,
} from '../../src/observation/ecs-observer-ports.js';
import { FakeLogs, FLOW_RUN_ID, silentLogger, someClients, someSettings } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError, FakeEcs } from '../support/fake-ecs.js';

const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/analytics/0123';
const DEFINITION = 'arn:aws:ecs:us-east-1:123456789012:task-definition/etl:3';
const OPTIONS = { 'awslogs-group': 'prefect', 'awslogs-stream-prefix': 'etl', 'awslogs-region': 'us-east-1' };

function aMessage(detail: Record<string, unknown>): string {
  return JSON.stringify({
    id: 'b5c3a1f0-7d2e-4f6a-9c8b-0e1d2c3b4a59',
    'detail-type': 'ECS Task State Change',
    time: '2026-07-08T09:10:11Z',
    detail: {
      taskArn: TASK_ARN,
      clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/analytics',
      taskDefinitionArn: DEFINITION,
      ...detail,
    },
  });
}

function createSubject(
  type: string,
  options: { tags?: Record<string, string>; answer?: 'accept' | 'abort' | Error } = {},
) {
  const ecs = new FakeEcs();
  const logs = new FakeLogs();
  const clients = someClients({ ecs, logs });
  const tags = Object.entries({
    'prefect.io/flow-run-id': FLOW_RUN_ID,
    'prefect.io/worker-name': 'Wörker & Sons',
    ...options.tags,
  }).map(([key, value]) => ({ key, value }));
  ecs.tasks.set(TASK_ARN, { taskArn: TASK_ARN, tags });
  ecs.definitions.set(DEFINITION, {
    containerDefinitions: [{ name: 'prefect', logConfiguration: { logDriver: 'awslogs', options: OPTIONS } }],
  });
  logs.streams.set('prefect etl/prefect/0123', [{ timestamp: 1, message: 'Traceback' }]);
  const events: WorkerEvent[] = [];
  const proposals: ObservedStateProposal[] = [];
  const lines: ObservedLogLine[] = [];
  const observer = new EcsObserver({
    clientsIn: async () => clients,
    ports: {
      readFlowRun: async (id): Promise<ObservedFlowRun> => ({ id, state: { type, name: type } }),
      proposeState: async (proposal) => {
        proposals.push(proposal);
        if (options.answer instanceof Error) throw options.answer;
        return options.answer ?? 'accept';
      },
      emitEvent: (event) => void events.push(event),
      logRun: (more) => void lines.push(...more),
    },
    settings: someSettings(),
    prefectVersion: '3.8.8',
    clock: new FakeClock(),
    logger: silentLogger,
  });
  return { observer, ecs, logs, events, proposals, lines };
}

const CRASHED = {
  lastStatus: 'STOPPED',
  stopCode: 'EssentialContainerExited',
  containers: [{ name: 'prefect', exitCode: 1 }],
};

describe('EcsObserver', () => {
  it('proposes Crashed, says why, and copies the tail of a run that never came to run', async () => {
    const { observer, events, proposals, lines } = createSubject('PENDING');

    const answer = await observer.handle(aMessage(CRASHED));

    expect(answer).to.deep.equal({ acknowledge: true });
    expect(events.map(({ event }) => event)).to.deep.equal(['prefect.ecs.task.stopped']);
    expect(events[0]?.related.at(-1)?.['prefect.resource.id']).to.equal('prefect.worker.ecs.worker-sons');
    expect(proposals.map(({ name }) => name)).to.deep.equal(['Crashed']);
    expect(lines.map(({ source }) => source)).to.deep.equal(['diagnosis', 'container']);
  });

  it('copies nothing of a run whose engine reports for itself, or when the control plane aborts', async () => {
    const running = createSubject('RUNNING');
    const aborted = createSubject('PENDING', { answer: 'abort' });

    await running.observer.handle(aMessage(CRASHED));
    const answer = await aborted.observer.handle(aMessage(CRASHED));

    expect(running.logs.calls).to.deep.equal([]);
    expect(aborted.logs.calls).to.deep.equal([]);
    expect(answer.acknowledge).to.equal(true);
  });

  it('leaves a message for another time when a proposal, or the reading of tags, fails', async () => {
    const failing = createSubject('PENDING', { answer: new Error('503') });
    const blind = createSubject('PENDING');
    blind.ecs.script.describeTasks = [awsError('ServerException', 'x')];

    expect(await failing.observer.handle(aMessage(CRASHED))).to.deep.equal({ acknowledge: false });
    expect(await blind.observer.handle(aMessage(CRASHED))).to.deep.equal({ acknowledge: false });
    expect(await blind.observer.handle(aMessage(CRASHED))).to.deep.equal({ acknowledge: true });
  });

  it('leaves a run that is being cancelled to the one who cancels it', async () => {
    const { observer, proposals } = createSubject('CANCELLING');

    await observer.handle(aMessage(CRASHED));

    expect(proposals).to.deep.equal([]);
  });

  it('deregisters a definition that was made for one run', async () => {
    const { observer, ecs } = createSubject('RUNNING', { tags: { 'prefect.io/degregister-task-definition': 'true' } });

    await observer.handle(aMessage({ lastStatus: 'STOPPED', containers: [{ name: 'prefect', exitCode: 0 }] }));

    expect(ecs.count('deregisterTaskDefinition')).to.equal(1);
  });

  it('is done with what is no event, and with events that concern no run', async () => {
    const { observer, ecs, events } = createSubject('RUNNING');
    ecs.tasks.clear();

    for (const body of [null, '', '{', '7', aMessage(CRASHED), JSON.stringify({ 'detail-type': 'ECS Deployment' })]) {
      expect(await observer.handle(body), String(body)).to.deep.equal({ acknowledge: true });
    }
    expect(events).to.deep.equal([]);
  });
});
