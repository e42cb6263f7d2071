import type { WorkerEvent } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { EcsObserver } from '../../src/observation/ecs-observer.js';
import type {
  ObservedFlowRun,
  ObservedLogLine,
  ObservedStateProposal,
} from '../../src/observation/ecs-observer-ports.js';
import { FakeLogs, FLOW_RUN_ID, someClients, someSettings } from '../support/builders.js';
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
  options: {
    tags?: Record<string, string>;
    answer?: 'accept' | 'abort' | Error;
    forwardsCrashedRunLogs?: boolean;
    emitFailure?: Error;
    readFailure?: Error;
  } = {},
) {
  const logger = new RecordingLogger();
  const regions: (string | null)[] = [];
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
    clientsIn: async (region) => {
      regions.push(region);
      return clients;
    },
    ports: {
      readFlowRun: async (id): Promise<ObservedFlowRun> => {
        if (options.readFailure) throw options.readFailure;
        return { id, state: { type, name: type } };
      },
      proposeState: async (proposal) => {
        proposals.push(proposal);
        if (options.answer instanceof Error) throw options.answer;
        return options.answer ?? 'accept';
      },
      emitEvent: (event) => {
        if (options.emitFailure) throw options.emitFailure;
        events.push(event);
      },
      logRun: (more) => void lines.push(...more),
    },
    settings: someSettings({ forwardsCrashedRunLogs: options.forwardsCrashedRunLogs ?? true }),
    prefectVersion: '3.8.8',
    clock: new FakeClock(),
    logger,
  });
  return { observer, ecs, logs, logger, regions, events, proposals, lines };
}

const CRASHED = {
  lastStatus: 'STOPPED',
  stopCode: 'EssentialContainerExited',
  containers: [{ name: 'prefect', exitCode: 1 }],
};

describe('EcsObserver', () => {
  it('proposes Crashed with the cause, and copies the tail of a run that never started', async () => {
    const { observer, events, proposals, lines } = createSubject('PENDING');

    const answer = await observer.handle(aMessage(CRASHED));

    expect(answer).to.deep.equal({ acknowledge: true });
    expect(events.map(({ event }) => event)).to.deep.equal(['prefect.ecs.task.stopped']);
    expect(events[0]?.related.at(-1)?.['prefect.resource.id']).to.equal('prefect.worker.ecs.worker-sons');
    expect(proposals.map(({ name }) => name)).to.deep.equal(['Crashed']);
    expect(lines.map(({ source }) => source)).to.deep.equal(['diagnosis', 'container']);
  });

  it('copies nothing of a run whose engine reports its state, or if the control plane aborts', async () => {
    const running = createSubject('RUNNING');
    const aborted = createSubject('PENDING', { answer: 'abort' });

    await running.observer.handle(aMessage(CRASHED));
    const answer = await aborted.observer.handle(aMessage(CRASHED));

    expect(running.logs.calls).to.deep.equal([]);
    expect(aborted.logs.calls).to.deep.equal([]);
    expect(answer.acknowledge).to.equal(true);
  });

  it('keeps a message if a proposal, or reading tags, fails', async () => {
    const failing = createSubject('PENDING', { answer: new Error('503') });
    const blind = createSubject('PENDING');
    blind.ecs.script.describeTasks = [awsError('ServerException', 'x')];

    expect(await failing.observer.handle(aMessage(CRASHED))).to.deep.equal({ acknowledge: false });
    expect(await blind.observer.handle(aMessage(CRASHED))).to.deep.equal({ acknowledge: false });
    expect(await blind.observer.handle(aMessage(CRASHED))).to.deep.equal({ acknowledge: true });
  });

  it('does not change a run that is being cancelled', async () => {
    const { observer, proposals } = createSubject('CANCELLING');

    await observer.handle(aMessage(CRASHED));

    expect(proposals).to.deep.equal([]);
  });

  it('deregisters a definition created for one run', async () => {
    const { observer, ecs } = createSubject('RUNNING', { tags: { 'prefect.io/degregister-task-definition': 'true' } });

    await observer.handle(aMessage({ lastStatus: 'STOPPED', containers: [{ name: 'prefect', exitCode: 0 }] }));

    expect(ecs.count('deregisterTaskDefinition')).to.equal(1);
  });

  it('acknowledges messages that are not events, and events without a run', async () => {
    const { observer, ecs, events } = createSubject('RUNNING');
    ecs.tasks.clear();

    for (const body of [null, '', '{', '7', aMessage(CRASHED), JSON.stringify({ 'detail-type': 'ECS Deployment' })]) {
      expect(await observer.handle(body), String(body)).to.deep.equal({ acknowledge: true });
    }
    expect(events).to.deep.equal([]);
  });

  it('emits an event with the time of the AWS event, or the current time if absent', async () => {
    const { observer, events } = createSubject('RUNNING');
    const timeless = JSON.parse(aMessage({ lastStatus: 'RUNNING' })) as Record<string, unknown>;
    timeless.time = 'never';

    await observer.handle(aMessage({ lastStatus: 'RUNNING' }));
    await observer.handle(JSON.stringify(timeless));

    expect(events.map(({ occurred }) => occurred)).to.deep.equal(['2026-07-08T09:10:11Z', '2026-01-01T00:00:00.000Z']);
    expect(events[0]?.id).to.equal('b5c3a1f0-7d2e-4f6a-9c8b-0e1d2c3b4a59');
  });

  it('emits nothing for an event without an id, but reports a stopped task', async () => {
    const { observer, events, proposals } = createSubject('PENDING');
    const anonymous = (detail: Record<string, unknown>) => {
      const event = JSON.parse(aMessage(detail)) as Record<string, unknown>;
      return JSON.stringify({ ...event, id: 'none' });
    };

    await observer.handle(anonymous({ lastStatus: 'PENDING' }));
    await observer.handle(anonymous(CRASHED));

    expect(events).to.deep.equal([]);
    expect(proposals.map(({ name }) => name)).to.deep.equal(['Crashed']);
  });

  it('ignores a detail without ARN, cluster or status', async () => {
    for (const detail of [{ taskArn: null }, { clusterArn: null }, { lastStatus: null }]) {
      const { observer, ecs, events, proposals } = createSubject('PENDING');

      const answer = await observer.handle(aMessage({ ...CRASHED, ...detail }));

      expect(answer).to.deep.equal({ acknowledge: true });
      expect([...events, ...proposals]).to.deep.equal([]);
      expect(ecs.count('describeTasks')).to.equal('lastStatus' in detail ? 1 : 0);
    }
  });

  it('reads the tags of a task once, in the region of the task', async () => {
    const { observer, ecs, regions } = createSubject('RUNNING');

    await observer.handle(aMessage({ lastStatus: 'PENDING' }));
    await observer.handle(aMessage({ lastStatus: 'RUNNING' }));

    expect(ecs.calls).to.deep.equal([
      {
        operation: 'describeTasks',
        input: {
          cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/analytics',
          tasks: [TASK_ARN],
          include: ['TAGS'],
        },
      },
    ]);
    expect(regions).to.deep.equal(['us-east-1']);
  });

  it('reads the tags again of a task that was not found', async () => {
    const { observer, ecs, events } = createSubject('RUNNING');
    const task = ecs.tasks.get(TASK_ARN);
    ecs.tasks.clear();
    await observer.handle(aMessage({ lastStatus: 'PENDING' }));

    if (task) ecs.tasks.set(TASK_ARN, task);
    await observer.handle(aMessage({ lastStatus: 'RUNNING' }));

    expect(events).to.have.length(1);
  });

  for (const lastStatus of ['PENDING', 'PROVISIONING']) {
    it(`proposes InfrastructurePending for a task that is ${lastStatus}`, async () => {
      const { observer, proposals } = createSubject('PENDING');

      await observer.handle(aMessage({ lastStatus }));

      expect(proposals.map(({ name }) => name)).to.deep.equal(['InfrastructurePending']);
    });
  }

  it('reads no run and proposes nothing for a task in another status', async () => {
    const { observer, proposals, logger } = createSubject('PENDING', { readFailure: new Error('not to be read') });

    await observer.handle(aMessage({ lastStatus: 'ACTIVATING' }));

    expect(proposals).to.deep.equal([]);
    expect(logger.lines).to.deep.equal([]);
  });

  it('proposes nothing for a starting task whose run is already running', async () => {
    const { observer, proposals, logger } = createSubject('RUNNING');

    await observer.handle(aMessage({ lastStatus: 'PENDING' }));

    expect(proposals).to.deep.equal([]);
    expect(logger.lines).to.deep.equal([]);
  });

  it('warns about failed events and proposals, and acknowledges the message', async () => {
    const deaf = createSubject('PENDING', { emitFailure: new Error('no feed') });
    const stubborn = createSubject('PENDING', { answer: new Error('503') });

    expect(await deaf.observer.handle(aMessage({ lastStatus: 'RUNNING' }))).to.deep.equal({ acknowledge: true });
    expect(await stubborn.observer.handle(aMessage({ lastStatus: 'PENDING' }))).to.deep.equal({ acknowledge: true });

    expect(deaf.logger.messages('warn')).to.deep.equal(['Sending the event of a task failed']);
    expect(deaf.logger.lines[0]?.fields).to.have.property('taskArn', TASK_ARN);
    expect(stubborn.logger.messages('warn')).to.deep.equal(['Proposing InfrastructurePending failed']);
  });

  it('warns about messages that it keeps', async () => {
    const failing = createSubject('PENDING', { readFailure: new Error('503') });
    const blind = createSubject('PENDING');
    blind.ecs.script.describeTasks = [awsError('ServerException', 'x')];

    await failing.observer.handle(aMessage(CRASHED));
    await blind.observer.handle(aMessage(CRASHED));

    expect(failing.logger.messages('warn')).to.deep.equal(['Handling a task event failed']);
    expect(blind.logger.messages('warn')).to.deep.equal(['Reading the tags of a task failed']);
  });

  it('warns about a message that is not an event', async () => {
    const { observer, logger } = createSubject('PENDING');

    await observer.handle('{');
    await observer.handle(null);

    expect(logger.lines).to.deep.equal([
      {
        level: 'warn',
        message: 'Ignoring a queue message that is not an event',
        fields: { problem: 'the body is not JSON', body: '{' },
      },
    ]);
  });

  it('logs the diagnosis with what to do, if known', async () => {
    const { observer, lines } = createSubject('RUNNING');

    await observer.handle(aMessage({ ...CRASHED, stoppedReason: 'Essential container in task exited' }));

    expect(lines).to.deep.equal([
      {
        flowRunId: FLOW_RUN_ID,
        source: 'diagnosis',
        kind: 'essential-container-exited',
        level: 'ERROR',
        message:
          'An essential container exited, which ended the task: Container prefect exited with code 1. ' +
          'Essential container in task exited Resolution: See the output of the container. ' +
          'Exit code 137 can mean that it ran out of memory.',
      },
    ]);
  });

  it('logs nothing for a stopped task without a diagnosis', async () => {
    const { observer, lines, logger } = createSubject('PENDING');

    await observer.handle(aMessage({ lastStatus: 'STOPPED', stopCode: 'UserInitiated' }));

    expect(lines.filter(({ source }) => source === 'diagnosis')).to.deep.equal([]);
    expect(logger.lines).to.deep.equal([]);
  });

  describe('when it copies the output of a crashed run', () => {
    it('reads the definition and the stream in their regions', async () => {
      const { observer, ecs, logs, lines, regions } = createSubject('PENDING');
      ecs.definitions.set(DEFINITION, {
        containerDefinitions: [
          {
            name: 'prefect',
            logConfiguration: { logDriver: 'awslogs', options: { ...OPTIONS, 'awslogs-region': 'eu-west-1' } },
          },
        ],
      });

      await observer.handle(aMessage(CRASHED));

      expect(regions).to.deep.equal(['us-east-1', 'us-east-1', 'eu-west-1']);
      expect(logs.calls).to.deep.equal([
        { logGroupName: 'prefect', logStreamName: 'etl/prefect/0123', limit: 500, startFromHead: false },
      ]);
      expect(lines.at(-1)).to.deep.equal({
        flowRunId: FLOW_RUN_ID,
        source: 'container',
        kind: null,
        level: 'INFO',
        message: 'Traceback',
      });
    });

    it('copies nothing if this is disabled', async () => {
      const { observer, logs } = createSubject('PENDING', { forwardsCrashedRunLogs: false });

      await observer.handle(aMessage(CRASHED));

      expect(logs.calls).to.deep.equal([]);
    });

    it('copies nothing without a definition, a location or lines', async () => {
      const undefinedTask = createSubject('PENDING');
      await undefinedTask.observer.handle(aMessage({ ...CRASHED, taskDefinitionArn: null }));
      expect(undefinedTask.ecs.count('describeTaskDefinition')).to.equal(0);
      expect(undefinedTask.logger.lines).to.deep.equal([]);

      const unlogged = createSubject('PENDING');
      unlogged.ecs.definitions.set(DEFINITION, { containerDefinitions: [{ name: 'prefect' }] });
      await unlogged.observer.handle(aMessage(CRASHED));
      expect(unlogged.logs.calls).to.deep.equal([]);
      expect(unlogged.logger.lines).to.deep.equal([]);

      const silent = createSubject('PENDING');
      let logged = 0;
      silent.logs.streams.set('prefect etl/prefect/0123', []);
      silent.lines.push = () => {
        logged += 1;
        return 0;
      };
      await silent.observer.handle(aMessage(CRASHED));
      expect(logged).to.equal(1);
    });

    it('warns if the output cannot be read, and acknowledges the message', async () => {
      const { observer, ecs, logger } = createSubject('PENDING');
      ecs.script.describeTaskDefinition = [awsError('ServerException', 'x')];

      expect(await observer.handle(aMessage(CRASHED))).to.deep.equal({ acknowledge: true });
      expect(logger.messages('warn')).to.deep.equal(['Copying the output of a task failed']);
    });
  });

  describe('when a definition was created for one run', () => {
    const DEREGISTER = { tags: { 'prefect.io/degregister-task-definition': 'true' } };
    const ENDED = { lastStatus: 'STOPPED', containers: [{ name: 'prefect', exitCode: 0 }] };

    it('keeps it while the task runs', async () => {
      const { observer, ecs } = createSubject('RUNNING', DEREGISTER);
      await observer.handle(aMessage({ lastStatus: 'RUNNING' }));

      expect(ecs.count('deregisterTaskDefinition')).to.equal(0);
    });

    it('keeps a definition that the event does not name, or with another tag', async () => {
      const nameless = createSubject('RUNNING', DEREGISTER);
      const kept = createSubject('RUNNING', { tags: { 'prefect.io/degregister-task-definition': 'false' } });

      await nameless.observer.handle(aMessage({ ...ENDED, taskDefinitionArn: null }));
      await kept.observer.handle(aMessage(ENDED));

      expect(nameless.ecs.count('deregisterTaskDefinition')).to.equal(0);
      expect(kept.ecs.count('deregisterTaskDefinition')).to.equal(0);
      expect(nameless.logger.lines).to.deep.equal([]);
    });

    it('keeps the message if it cannot be deregistered', async () => {
      const { observer, ecs } = createSubject('RUNNING', DEREGISTER);
      ecs.script.deregisterTaskDefinition = [awsError('ServerException', 'x')];

      expect(await observer.handle(aMessage(ENDED))).to.deep.equal({ acknowledge: false });
    });

    it('uses its own clients for an ARN without a region', async () => {
      const { observer, ecs, regions } = createSubject('RUNNING', DEREGISTER);
      await observer.handle(aMessage({ ...ENDED, taskDefinitionArn: 'arn:aws:ecs::123456789012:task-definition/a:1' }));

      expect(ecs.count('deregisterTaskDefinition')).to.equal(1);
      expect(regions).to.deep.equal(['us-east-1', null]);
    });
  });
});
