import type { RunContext, WorkerEnd, WorkerEvent } from '@worker-host/core';
import { FakeClock, RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import type { EcsSettings } from '../../src/ecs-settings.js';
import { EventsPulse } from '../../src/observation/events/events-pulse.js';
import { CloudWatchLogReader } from '../../src/observation/logs/cloudwatch-log-reader.js';
import { LogLocator } from '../../src/observation/logs/log-locator.js';
import type { EcsLogReader, TaskOutput } from '../../src/observation/logs/log-reader.js';
import { OutputForwarder } from '../../src/observation/logs/output-forwarder.js';
import { STOP_REASON_TABLE } from '../../src/observation/stop-reasons/stop-reason-table.js';
import { TaskRunFollower, type TaskRunToFollow } from '../../src/observation/task-run-follower.js';
import { TaskEventPublisher } from '../../src/observation/watch/task-event-publisher.js';
import { TaskWatcher } from '../../src/observation/watch/task-watcher.js';
import { DEFINITION_ARN, FakeLogs, RememberingContext, someClients, someSettings } from '../support/builders.js';
import { awsError, FakeEcs } from '../support/fake-ecs.js';
import { RecordingMeter } from '../support/recording-meter.js';

const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/analytics/0123';
const OPTIONS = { 'awslogs-group': 'own', 'awslogs-stream-prefix': 'etl', 'awslogs-region': 'us-east-1' };
const LABELS = { 'prefect.io/flow-run-id': 'run-1' };

function aDefinition(region = 'us-east-1') {
  const options = { ...OPTIONS, 'awslogs-region': region };
  return { containerDefinitions: [{ name: 'prefect', logConfiguration: { logDriver: 'awslogs', options } }] };
}

function createSubject(given: Partial<EcsSettings> = {}, readers: readonly EcsLogReader[] = []) {
  const clock = new FakeClock();
  const ecs = new FakeEcs();
  const logs = new FakeLogs();
  const clients = someClients({ ecs, logs });
  const meter = new RecordingMeter();
  const logger = new RecordingLogger();
  const settings = someSettings({ logSettleSeconds: 0, ...given });
  const events: WorkerEvent[] = [];
  const sink = {
    emit(event: WorkerEvent) {
      events.push(event);
      return event.id ?? '';
    },
  };
  const watcher = new TaskWatcher(settings, clock, meter, logger, new EventsPulse());
  const follower = new TaskRunFollower(
    watcher,
    new TaskEventPublisher(sink, clock, { workerType: 'ecs' }),
    [new CloudWatchLogReader(new LogLocator(settings), settings, clock), ...readers],
    new OutputForwarder(clock, meter, settings),
    settings,
    meter,
    STOP_REASON_TABLE.toReversed(),
  );
  const context = new RememberingContext();
  const log = new RecordingLogger();
  context.logger = log;
  logs.streams.set('own etl/prefect/0123', [{ timestamp: 1, message: 'Traceback' }]);
  ecs.tasks.set(TASK_ARN, {
    taskArn: TASK_ARN,
    taskDefinitionArn: DEFINITION_ARN,
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    createdAt: '2026-01-01T00:00:00Z',
    version: 1,
  });
  ecs.definitions.set(DEFINITION_ARN, aDefinition());
  const follow = (run: Partial<TaskRunToFollow> = {}, given: RunContext = context) =>
    follower.follow(
      {
        clients,
        clientsIn: async () => clients,
        identifier: TASK_ARN,
        cluster: 'analytics',
        taskArn: TASK_ARN,
        launchedAtMs: clock.nowMs(),
        initial: null,
        definition: null,
        containerName: 'prefect',
        labels: LABELS,
        deregisters: false,
        streamsOutput: false,
        links: {},
        ...run,
      },
      given,
    );
  /** Follows a task to an end that comes some seconds after its start. */
  const followToEnd = async (exitCode: number | undefined, run: Partial<TaskRunToFollow> = {}, change = {}) => {
    const following = follow(run);
    await clock.advance(1_500);
    ecs.step(TASK_ARN, { lastStatus: 'RUNNING' });
    await clock.advance(5_000);
    ecs.end(TASK_ARN, exitCode, change);
    const end = await clock.run(following);
    const readsBefore = logs.calls.length;
    return { ...end, readsBefore, logTail: await clock.run(tailOf(end)) };
  };
  return { clock, ecs, logs, clients, meter, logger, log, events, watcher, context, follow, followToEnd };
}

/** Reads the tail as a host does. */
async function tailOf({ logTail }: WorkerEnd): Promise<readonly string[]> {
  return typeof logTail === 'function' ? logTail(new AbortController().signal) : logTail;
}

describe('TaskRunFollower', () => {
  it('reports progress and events of each status, then the end', async () => {
    const { context, events, followToEnd } = createSubject();

    const end = await followToEnd(0);

    expect(context.phases).to.deep.equal([{ phase: 'provisioning' }, { phase: 'running' }]);
    expect(events.map(({ event }) => event)).to.deep.equal([
      'prefect.ecs.task.provisioning',
      'prefect.ecs.task.running',
      'prefect.ecs.task.stopped',
    ]);
    expect(end).to.include({ exitCode: 0, diagnosis: null, stopRequested: false, relaunch: 0 });
    expect(end.phasesSeconds).to.have.property('queued', 10);
  });

  it('logs the links of a launched task, and stores them with the facts of its end', async () => {
    const { log, followToEnd } = createSubject();
    const links = { task: 'https://console/task', logs: 'https://console/logs' };

    const { facts } = await followToEnd(0, { links });

    expect(log.lines.map(({ message }) => message)).to.include.members([
      'The task is at https://console/task',
      'Its output is at https://console/logs',
    ]);
    expect(facts.links).to.deep.equal(links);
    expect(facts).to.have.property('taskArn', TASK_ARN);
  });

  it('does not log the links of a task of an earlier process again', async () => {
    const { log, followToEnd } = createSubject();

    await followToEnd(0, { launchedAtMs: null, links: { task: 'https://console/task' } });

    expect(log.lines.map(({ message }) => message).join()).not.to.contain('https://console');
  });

  for (const [lastStatus, phases] of [
    ['PENDING', ['provisioning']],
    ['ACTIVATING', ['provisioning']],
    ['DEACTIVATING', []],
  ] as const) {
    it(`reports ${phases[0] ?? 'no progress'} for ${lastStatus}`, async () => {
      const { ecs, clock, context, follow } = createSubject();
      ecs.step(TASK_ARN, { lastStatus });
      follow().catch(() => {});
      await clock.advance(1_000);

      expect(context.phases.map(({ phase }) => phase)).to.deep.equal([...phases]);
      context.stopped.abort();
    });
  }

  it('emits an event for a status that only an event reports, later', async () => {
    const { clock, ecs, watcher, events, context, follow } = createSubject();
    ecs.step(TASK_ARN, { lastStatus: 'RUNNING' });
    follow().catch(() => {});
    await clock.advance(1_000);
    expect(ecs.tasks.get(TASK_ARN)?.version).to.equal(2);

    const late = { taskArn: TASK_ARN, lastStatus: 'PENDING', version: 1 };
    await watcher.apply(late, { id: 'late', time: '2026-01-01T00:00:00Z' });

    expect(events.map(({ id, event }) => `${event} ${id}`).at(-1)).to.equal('prefect.ecs.task.pending late');
    context.stopped.abort();
  });

  it('rejects with the reason when the host stops watching', async () => {
    const { clock, context, follow } = createSubject();
    const reason = new Error('drained');
    const failure = follow().catch((error: unknown) => error);
    await clock.advance(1_000);

    context.stopped.abort(reason);

    expect(await failure).to.equal(reason);
  });

  it('does not wait for a host that never reports the result', async () => {
    const { watcher, followToEnd } = createSubject();

    await followToEnd(0);

    expect(watcher.isWatched(TASK_ARN)).to.equal(false);
  });

  it('knows that the worker itself stopped the task', async () => {
    const { clock, ecs, watcher, follow } = createSubject();
    const following = follow();
    await clock.advance(1_500);
    ecs.step(TASK_ARN, { lastStatus: 'RUNNING' });
    await clock.advance(5_000);

    watcher.orderStop(TASK_ARN, 'cancelled');
    ecs.end(TASK_ARN, 137, {});
    const end = await clock.run(following);

    expect(end).to.include({ stopRequested: true, relaunchable: false });
  });

  it('records cause and phases of the end as metrics', async () => {
    const success = createSubject();
    await success.followToEnd(0);
    const failure = createSubject();
    await failure.followToEnd(1);

    expect(success.meter.of('ecs_task_ends_total')).to.deep.equal([
      'ecs_task_ends_total{cause=success,relaunchable=false} 1',
    ]);
    expect(failure.meter.of('ecs_task_ends_total')).to.deep.equal([
      'ecs_task_ends_total{cause=application-exit,relaunchable=false} 1',
    ]);
    expect(success.meter.of('ecs_task_phase_seconds')).to.deep.equal([
      'ecs_task_phase_seconds{phase=queued} 10',
      'ecs_task_phase_seconds{phase=provisioning} 10',
      'ecs_task_phase_seconds{phase=run} 10',
      'ecs_task_phase_seconds{phase=stop} 0',
    ]);
  });

  describe('if a definition was created for the run', () => {
    it('deregisters it at the end', async () => {
      const { ecs, followToEnd } = createSubject();

      await followToEnd(0, { deregisters: true });

      expect(ecs.calls.filter(({ operation }) => operation === 'deregisterTaskDefinition')).to.deep.equal([
        { operation: 'deregisterTaskDefinition', input: { taskDefinition: DEFINITION_ARN } },
      ]);
    });

    it('recognises that of an adopted task by its tag', async () => {
      const { ecs, followToEnd } = createSubject();
      const tags = (value: string) => [{ key: 'prefect.io/degregister-task-definition', value }];
      await followToEnd(0, { launchedAtMs: null }, { tags: tags('true') });
      expect(ecs.count('deregisterTaskDefinition')).to.equal(1);

      const other = createSubject();
      await other.followToEnd(0, { launchedAtMs: null }, { tags: tags('false') });
      expect(other.ecs.count('deregisterTaskDefinition')).to.equal(0);
    });

    it('asks for tags only if the run is not known to be that of the task, or another process launched it', async () => {
      const asked = async (run: Partial<TaskRunToFollow>) => {
        const { ecs, followToEnd } = createSubject();
        await followToEnd(0, run);
        const inputs = ecs.calls.filter(({ operation }) => operation === 'describeTasks').map(({ input }) => input);
        return inputs.some((input) => (input as { include: readonly string[] }).include.includes('TAGS'));
      };
      expect([await asked({}), await asked({ labels: {} }), await asked({ launchedAtMs: null })]).to.deep.equal([
        false,
        true,
        true,
      ]);
    });

    it('deregisters that of a task that vanished, if known', async () => {
      const { clock, ecs, follow } = createSubject();
      const following = follow({ deregisters: true });
      await clock.advance(3_000);
      ecs.tasks.clear();
      const end = await clock.run(following);
      expect(end.diagnosis?.kind).to.equal('vanished');
      expect(ecs.count('deregisterTaskDefinition')).to.equal(1);

      const unseen = createSubject();
      unseen.ecs.tasks.clear();
      const failure = await unseen.clock.run(
        unseen.follow({ deregisters: true, launchedAtMs: null }).catch((error: unknown) => error),
      );
      expect(failure).to.have.property('code', 'INFRASTRUCTURE_NOT_FOUND');
      expect(unseen.ecs.count('deregisterTaskDefinition')).to.equal(0);
    });

    it('warns if that fails, and reports the end nevertheless', async () => {
      const { ecs, log, followToEnd } = createSubject();
      ecs.script.deregisterTaskDefinition = [awsError('ServerException', 'x')];

      const end = await followToEnd(0, { deregisters: true });

      expect(end.exitCode).to.equal(0);
      expect(log.messages('warn')).to.deep.equal(['Deregistering the task definition of the run failed']);
      expect(log.lines[0]?.fields).to.have.property('taskDefinitionArn', DEFINITION_ARN);
    });
  });

  describe('with additional readers of the output', () => {
    const found = { read: async () => ({ lines: [], cursor: null }), tail: async () => ['from elsewhere'] };

    it('tries the last registered reader first, and the others if it cannot read the output or fails', async () => {
      const asked: string[] = [];
      const aReader = (name: string, answer: () => Promise<TaskOutput | null>): EcsLogReader => ({
        outputOf: ({ taskArn }) => {
          asked.push(`${name} ${taskArn}`);
          return answer();
        },
      });
      const { followToEnd } = createSubject({}, [
        aReader('never asked', async () => found),
        aReader('found', async () => found),
        aReader('unknown', async () => null),
        aReader('broken', () => Promise.reject(new Error('no answer'))),
      ]);

      expect((await followToEnd(1)).logTail).to.deep.equal(['from elsewhere']);
      expect(asked).to.deep.equal([`broken ${TASK_ARN}`, `unknown ${TASK_ARN}`, `found ${TASK_ARN}`]);
    });

    it('reports where the first reader says the output goes, if no reader finds it', async () => {
      const { ecs, log, followToEnd } = createSubject({}, [{ outputOf: async () => ({ elsewhere: 'is with us' }) }]);
      ecs.definitions.set(DEFINITION_ARN, { containerDefinitions: [{ name: 'prefect' }] });

      expect((await followToEnd(1)).logTail).to.deep.equal([]);
      expect(log.messages('info')).to.deep.equal([
        'The output of the container is with us, so the worker cannot show it here',
      ]);
    });
  });

  describe('without copying the output', () => {
    it('reads the tail of a run that failed', async () => {
      const { context, followToEnd } = createSubject();

      const { logTail, readsBefore } = await followToEnd(1);

      expect(logTail).to.deep.equal(['Traceback']);
      expect(readsBefore, 'the end waits for no output').to.equal(0);
      expect((await createSubject().followToEnd(undefined)).logTail).to.deep.equal(['Traceback']);
      expect(context.lines).to.deep.equal([]);
    });

    it('reads as many lines as configured, or none', async () => {
      const few = createSubject({ crashedRunLogLines: 7 });
      await few.followToEnd(1);
      expect(few.logs.calls).to.deep.equal([
        { logGroupName: 'own', logStreamName: 'etl/prefect/0123', limit: 7, startFromHead: false },
      ]);

      const none = createSubject({ forwardsCrashedRunLogs: false });
      expect((await none.followToEnd(1)).logTail).to.deep.equal([]);
      expect(none.logs.calls).to.deep.equal([]);
    });

    it('reads nothing of a run that succeeded', async () => {
      const { logs, followToEnd } = createSubject();

      expect((await followToEnd(0)).logTail).to.deep.equal([]);
      expect(logs.calls).to.deep.equal([]);
    });

    it('reads from the region in the definition', async () => {
      const { ecs, clients, followToEnd } = createSubject();
      ecs.definitions.set(DEFINITION_ARN, aDefinition('eu-west-1'));
      const elsewhere = new FakeLogs();
      elsewhere.streams.set('own etl/prefect/0123', [{ timestamp: 1, message: 'from afar' }]);
      const regions: string[] = [];
      const clientsIn = async (region: string) => {
        regions.push(region);
        return { ...clients, logs: elsewhere };
      };

      expect((await followToEnd(1, { clientsIn })).logTail).to.deep.equal(['from afar']);
      expect(regions).to.deep.equal(['eu-west-1']);
    });

    it('creates no other clients in its own region', async () => {
      const { followToEnd } = createSubject();
      const clientsIn = () => Promise.reject(new Error('not expected'));

      expect((await followToEnd(1, { clientsIn })).logTail).to.deep.equal(['Traceback']);
    });

    it('reads from the region of the task if the definition sets none', async () => {
      const { ecs, followToEnd } = createSubject();
      const options = { 'awslogs-group': 'own', 'awslogs-stream-prefix': 'etl' };
      ecs.definitions.set(DEFINITION_ARN, {
        containerDefinitions: [{ name: 'prefect', logConfiguration: { logDriver: 'awslogs', options } }],
      });
      const clientsIn = () => Promise.reject(new Error('not expected'));

      expect((await followToEnd(1, { clientsIn })).logTail).to.deep.equal(['Traceback']);
    });

    it('uses the given definition', async () => {
      const { ecs, followToEnd } = createSubject();

      expect((await followToEnd(1, { definition: aDefinition() })).logTail).to.deep.equal(['Traceback']);
      expect(ecs.count('describeTaskDefinition')).to.equal(0);
    });

    it('reports the end without a tail if it cannot be found or read', async () => {
      const lost = createSubject();
      lost.ecs.script.describeTaskDefinition = [awsError('AccessDeniedException', 'x')];
      expect((await lost.followToEnd(1)).logTail).to.deep.equal([]);
      expect(lost.log.messages('debug')).to.have.length(1);

      const unlogged = createSubject();
      unlogged.ecs.definitions.set(DEFINITION_ARN, { containerDefinitions: [{ name: 'prefect' }] });
      expect((await unlogged.followToEnd(1)).logTail).to.deep.equal([]);
      expect(unlogged.log.messages('info')).to.deep.equal([
        'The output of the container goes nowhere: it has no log driver, so the worker cannot show it here',
      ]);

      const denied = createSubject();
      denied.logs.getLogEvents = () => Promise.reject(awsError('AccessDeniedException', 'x'));
      expect((await denied.followToEnd(1)).logTail).to.deep.equal([]);
      expect(denied.log.messages('debug')).to.have.length(1);
    });

    it('reads no tail of a task that was never seen', async () => {
      const { clock, ecs, logs, follow } = createSubject();
      ecs.tasks.clear();

      const failure = await clock.run(follow({ launchedAtMs: null }).catch((error: unknown) => error));

      expect(failure).to.have.property('code', 'INFRASTRUCTURE_NOT_FOUND');
      expect(logs.calls).to.deep.equal([]);
    });
  });

  describe('when it copies the output', () => {
    const STREAMED = { streamsOutput: true };

    it('copies lines while the task runs, each once, and returns no tail', async () => {
      const { clock, ecs, context, logs, follow } = createSubject();
      const following = follow(STREAMED);
      await clock.advance(1_500);
      ecs.step(TASK_ARN, { lastStatus: 'RUNNING' });
      await clock.advance(5_000);
      expect(context.lines).to.deep.equal(['Traceback']);
      logs.streams.get('own etl/prefect/0123')?.push({ timestamp: 2, message: 'the end' });
      ecs.end(TASK_ARN, 1);

      const end = await clock.run(following);

      expect(context.lines).to.deep.equal(['Traceback', 'the end']);
      expect(context.outputCursor).to.match(/^2:/);
      expect(end.logTail).to.deep.equal([]);
    });

    it('continues from the cursor of an earlier process', async () => {
      const earlier = createSubject();
      await earlier.followToEnd(0, STREAMED);
      expect(earlier.context.lines).to.deep.equal(['Traceback']);
      const { context, followToEnd } = createSubject();
      context.outputCursor = earlier.context.outputCursor;

      await followToEnd(0, STREAMED);

      expect(context.lines).to.deep.equal([]);
    });

    it('copies the output of a task that it never saw running', async () => {
      const { clock, ecs, context, follow } = createSubject();
      ecs.end(TASK_ARN, 0);

      await clock.run(follow(STREAMED));

      expect(context.lines).to.deep.equal(['Traceback']);
    });

    it('logs once why it cannot', async () => {
      const { ecs, log, context, followToEnd } = createSubject();
      ecs.definitions.set(DEFINITION_ARN, { containerDefinitions: [{ name: 'prefect' }] });

      const end = await followToEnd(1, STREAMED);

      expect(end.logTail).to.deep.equal([]);
      expect(context.lines).to.deep.equal([]);
      expect(log.messages('info')).to.have.length(1);
    });

    it('copies nothing of a task that vanished unseen', async () => {
      const { clock, ecs, context, follow } = createSubject();
      ecs.tasks.clear();

      const failure = await clock.run(follow({ ...STREAMED, launchedAtMs: null }).catch((error: unknown) => error));

      expect(failure).to.have.property('code', 'INFRASTRUCTURE_NOT_FOUND');

      expect(context.lines).to.deep.equal([]);
    });
  });
});
