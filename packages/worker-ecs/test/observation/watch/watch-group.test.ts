import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { EcsSettings } from '../../../src/ecs-settings.js';
import type { ObservedEnd } from '../../../src/observation/diagnosis/task-end.js';
import { EventsPulse } from '../../../src/observation/events/events-pulse.js';
import { WatchGroup } from '../../../src/observation/watch/watch-group.js';
import { WatchedTask } from '../../../src/observation/watch/watched-task.js';
import { someClients, someSettings } from '../../support/builders.js';
import { awsError, FakeEcs } from '../../support/fake-ecs.js';
import { RecordingMeter } from '../../support/recording-meter.js';

const CLUSTER = 'analytics';

function createSubject(settings: Partial<EcsSettings> = {}, random = 0.5) {
  const clock = new FakeClock({ nowMs: Date.parse('2026-01-01T00:00:00Z'), random });
  const ecs = new FakeEcs();
  const meter = new RecordingMeter();
  const logger = new RecordingLogger();
  const pulse = new EventsPulse();
  const closing = new AbortController();
  const parts = { settings: someSettings(settings), clock, meter, logger, pulse };
  const group = new WatchGroup(CLUSTER, ecs, parts, closing.signal);
  const ends: ObservedEnd[] = [];
  const arnOf = (index: number) => `arn:aws:ecs:us-east-1:123456789012:task/${CLUSTER}/${index}`;
  const made = (index: number, launchedAtMs: number | null = clock.nowMs()) => {
    const watched: WatchedTask = new WatchedTask(
      {
        clients: someClients({ ecs }),
        cluster: CLUSTER,
        taskArn: arnOf(index),
        launchedAtMs,
        onChange() {},
        signal: closing.signal,
      },
      clock,
      {
        hasten: (task) => group.hasten(task),
        ended: (task, end) => {
          group.remove(task);
          ends.push(end);
        },
        failed: () => {},
      },
    );
    return watched;
  };
  const watch = (index: number, launchedAtMs?: number | null) => {
    const watched = made(index, launchedAtMs);
    group.add(watched);
    return watched;
  };
  const addTask = (index: number, more: object = {}) => {
    const taskArn = arnOf(index);
    ecs.tasks.set(taskArn, { taskArn, lastStatus: 'RUNNING', desiredStatus: 'RUNNING', version: 1, ...more });
    return taskArn;
  };
  /** Times of DescribeTasks calls in a period, in milliseconds from its start. */
  const callTimes = async (ms: number) => {
    const beganMs = clock.monotonicMs();
    const times: number[] = [];
    const describe = ecs.describeTasks.bind(ecs);
    ecs.describeTasks = (input) => {
      times.push(clock.monotonicMs() - beganMs);
      return describe(input);
    };
    await clock.advance(ms);
    ecs.describeTasks = describe;
    return times;
  };
  return { clock, ecs, meter, logger, pulse, closing, group, ends, arnOf, made, watch, addTask, callTimes };
}

describe('WatchGroup', () => {
  it('describes a new task immediately, with its tags, in its cluster', async () => {
    const { ecs, group, watch, addTask, closing } = createSubject();
    const arn = addTask(1);

    watch(1);
    await settle();

    expect(group.size).to.equal(1);
    expect(ecs.calls).to.deep.equal([
      { operation: 'describeTasks', input: { cluster: CLUSTER, tasks: [arn], include: ['TAGS'] } },
    ]);
    closing.abort();
  });

  it('describes a task within half a second that is added while it sleeps', async () => {
    const { clock, ecs, watch, addTask, closing } = createSubject();
    addTask(1);
    addTask(2);
    watch(1);
    await clock.advance(10 * 60_000);
    const before = ecs.count('describeTasks');

    watch(2);
    await clock.advance(500);

    expect(ecs.count('describeTasks') - before).to.equal(1);
    closing.abort();
  });

  it('describes a task whose launch was answered after the usual delay, and none before it is due', async () => {
    const { clock, addTask, callTimes, closing, group, made } = createSubject();
    const launch = (index: number) => {
      const watched = made(index);
      void watched.take({ taskArn: addTask(index), lastStatus: 'PROVISIONING' }, clock.monotonicMs(), null);
      group.add(watched);
    };
    launch(1);
    await settle();
    const first = await callTimes(700);
    launch(2);

    expect([first, await callTimes(1_000)]).to.deep.equal([[], [300]]);
    closing.abort();
  });

  it('wakes for a launched task that is due before those it sleeps for', async () => {
    const { clock, addTask, callTimes, closing, group, made, watch } = createSubject();
    addTask(1);
    watch(1);
    await clock.advance(10 * 60_000 + 1_000);
    const watched = made(2);
    void watched.take({ taskArn: addTask(2), lastStatus: 'PROVISIONING' }, clock.monotonicMs(), null);
    group.add(watched);

    expect(await callTimes(1_500)).to.deep.equal([1_000]);
    closing.abort();
  });

  it('describes running tasks of an earlier process as often as those that have run as long here, if they are many', async () => {
    const { clock, watch, addTask, callTimes, closing } = createSubject();
    for (let index = 0; index < 200; index += 1) {
      addTask(index, { startedAt: new Date(clock.nowMs() - 3_600_000).toISOString() });
      watch(index, null);
    }
    await clock.advance(1_000);
    expect(await callTimes(18_000)).to.have.length(2);
    closing.abort();
  });

  it('describes a few running tasks of an earlier process often, as they may have no events here', async () => {
    const { clock, watch, addTask, callTimes, closing } = createSubject();
    addTask(1, { startedAt: new Date(clock.nowMs() - 3_600_000).toISOString() });
    watch(1, null);
    expect(await callTimes(3_500)).to.deep.equal([1_000, 2_000, 3_000]);
    closing.abort();
  });

  it('describes many tasks that this process launched often, whatever ECS says of their start', async () => {
    const { clock, watch, addTask, callTimes, closing } = createSubject();
    for (let index = 0; index < 200; index += 1) {
      addTask(index, { startedAt: new Date(clock.nowMs() - 3_600_000).toISOString() });
      watch(index);
    }
    await clock.advance(1_000);
    expect(await callTimes(18_000)).to.have.length(8);
    closing.abort();
  });

  it('asks for tags until it has them', async () => {
    const { clock, ecs, watch, addTask, closing } = createSubject();
    addTask(1, { tags: [{ key: 'team', value: 'analytics' }] });
    addTask(2);
    const included = () => ecs.calls.splice(0).map(({ input }) => (input as { include: readonly string[] }).include);
    const first = watch(1);
    await clock.advance(2_500);
    expect(included()).to.deep.equal([['TAGS'], [], []]);
    expect(first.task?.tags).to.deep.equal([{ key: 'team', value: 'analytics' }]);

    watch(2);
    await clock.advance(1_000);
    expect(included()).to.deep.include(['TAGS']);
    closing.abort();
  });

  it('describes a task with several watches once per round', async () => {
    const { ecs, watch, addTask, arnOf, closing } = createSubject();
    addTask(1);
    watch(1);
    watch(1);
    await settle();

    expect(ecs.calls.flatMap(({ input }) => (input as { tasks: string[] }).tasks)).to.include(arnOf(1));
    for (const { input } of ecs.calls) expect((input as { tasks: string[] }).tasks).to.have.length(1);
    closing.abort();
  });

  it('sleeps until the next task is due, and at most five seconds', async () => {
    const { clock, watch, addTask, callTimes, closing } = createSubject();
    addTask(1);
    watch(1);
    await clock.advance(20 * 60_000);

    const times = await callTimes(30_000);

    expect(times.map((ms, index) => ms - (times[index - 1] ?? 0)).slice(1)).to.deep.equal([10_000, 10_000]);
    closing.abort();
  });

  it('stops calling when it has no task left, and resumes with the next', async () => {
    const { clock, ecs, group, watch, addTask, closing } = createSubject();
    addTask(1);
    const first = watch(1);
    await clock.advance(5_000);
    group.remove(first);
    await clock.advance(10_000);
    const idle = ecs.count('describeTasks');
    await clock.advance(60_000);
    expect(ecs.count('describeTasks')).to.equal(idle);
    expect(clock.pendingSleeps).to.have.length(0);

    watch(1);
    await settle();

    expect(ecs.count('describeTasks')).to.equal(idle + 1);
    closing.abort();
  });

  it('stops calling when it is closed', async () => {
    const { clock, ecs, watch, addTask, closing } = createSubject();
    addTask(1);
    watch(1);
    await clock.advance(5_000);
    const before = ecs.count('describeTasks');

    closing.abort();
    await clock.advance(60_000);

    expect(ecs.count('describeTasks')).to.equal(before);
    expect(clock.pendingSleeps).to.have.length(0);
  });

  it('adds tasks that are due soon to the last call, the earliest first', async () => {
    const { clock, ecs, watch, addTask, arnOf, closing } = createSubject();
    for (let index = 0; index < 250; index += 1) addTask(index);
    for (let index = 0; index < 150; index += 1) watch(index);
    await clock.advance(20 * 60_000);
    ecs.calls.length = 0;
    const late = watch(200);
    const sooner = Array.from({ length: 3 }, (_, index) => watch(201 + index));
    await settle();

    const [call] = ecs.calls as { input: { tasks: string[] } }[];
    const { tasks } = call?.input ?? { tasks: [] };
    expect(tasks).to.have.length(100);
    expect(tasks.slice(0, 4)).to.deep.equal([late, ...sooner].map(({ order }) => order.taskArn));
    expect(tasks).not.to.include(arnOf(249));
    closing.abort();
  });

  it('describes more than a hundred due tasks with several calls, each task once', async () => {
    const { clock, ecs, watch, addTask, closing } = createSubject();
    for (let index = 0; index < 250; index += 1) addTask(index);
    const watched = Array.from({ length: 250 }, (_, index) => watch(index));
    await clock.advance(120_000);
    ecs.calls.length = 0;
    for (const each of watched) each.nextLookAtMs = clock.monotonicMs() + 100;
    await clock.advance(5_100);

    const first = (ecs.calls as { input: { tasks: string[] } }[]).slice(0, 3).map(({ input }) => input.tasks);
    expect(first.map(({ length }) => length)).to.deep.equal([100, 100, 100]);
    expect(new Set(first.slice(0, 2).flat()).size).to.equal(200);
    expect(new Set(first.flat()).size).to.equal(250);
    closing.abort();
  });

  it('describes a hastened task first, however many are due', async () => {
    const { clock, ecs, group, watch, addTask, arnOf, closing } = createSubject();
    for (let index = 0; index < 1_050; index += 1) addTask(index);
    const watched = Array.from({ length: 1_050 }, (_, index) => watch(index));
    await clock.advance(120_000);
    ecs.calls.length = 0;
    for (const each of watched) each.nextLookAtMs = clock.monotonicMs();
    const [last] = watched.slice(-1);
    if (last) group.hasten(last);
    await clock.advance(1_000);

    const [first] = ecs.calls as { input: { tasks: string[] } }[];
    expect(first?.input.tasks[0]).to.equal(arnOf(1_049));
    closing.abort();
  });

  it('makes at most eight concurrent calls, and waits half a second between two rounds', async () => {
    const { clock, ecs, watch, addTask, closing } = createSubject();
    const beganMs = clock.monotonicMs();
    const atMs: number[] = [];
    const describe = ecs.describeTasks.bind(ecs);
    ecs.describeTasks = (input) => {
      if (input.tasks.length > 1) atMs.push(clock.monotonicMs() - beganMs);
      return describe(input);
    };
    for (let index = 0; index < 1_001; index += 1) addTask(index);
    const first = watch(1_000);
    await settle();
    for (let index = 0; index < 1_000; index += 1) watch(index);
    first.nextLookAtMs = Number.POSITIVE_INFINITY;
    await clock.advance(1_100);

    expect(atMs).to.deep.equal([...Array(8).fill(500), 1000, 1000]);
    closing.abort();
  });

  it('treats tasks of a cluster that does not exist as missing', async () => {
    const { clock, ecs, ends, watch } = createSubject();
    ecs.describeTasks = () => Promise.reject(awsError('ClusterNotFoundException', 'Cluster not found.'));
    watch(1, null);

    await clock.advance(120_000);

    expect(ends.map(({ kind }) => kind)).to.deep.equal(['vanished']);
  });

  it('gives up a missing task some time after it was first missed', async () => {
    const { clock, ecs, ends, watch, addTask } = createSubject();
    addTask(1);
    watch(1);
    await clock.advance(15_000);
    ecs.tasks.clear();

    await clock.advance(9 * 60_000);
    expect(ends).to.have.length(0);
    await clock.advance(2 * 60_000);

    const [end] = ends;
    expect(end?.kind).to.equal('vanished');
    expect(end?.kind === 'vanished' && end.missingForSeconds).to.be.within(600, 610);
    expect(end?.kind === 'vanished' && end.lastSeen?.lastStatus).to.equal('RUNNING');
  });

  it('describes a missing task as often as a present one', async () => {
    const { watch, callTimes, closing } = createSubject();
    watch(1);

    const times = await callTimes(9_000);

    expect(times.length).to.be.within(8, 10);
    closing.abort();
  });

  describe('when ECS refuses a task', () => {
    const REFUSAL = awsError('InvalidParameterException', 'Identifier is for another account');

    it('retries every five minutes, with a warning and a count', async () => {
      const { clock, ecs, meter, logger, watch, addTask, closing } = createSubject();
      const foreign = addTask(1);
      addTask(2);
      const describe = ecs.describeTasks.bind(ecs);
      let refusals = 0;
      ecs.describeTasks = (input) => {
        if (!input.tasks.includes(foreign)) return describe(input);
        if (input.tasks.length === 1) refusals += 1;
        return Promise.reject(REFUSAL);
      };
      const watched = watch(1);
      watch(2);
      await clock.advance(290_000);

      expect(refusals).to.equal(1);
      expect(watched.refusal).to.equal(REFUSAL);
      expect(meter.of('ecs_watch_refusals_total')).to.deep.equal([`ecs_watch_refusals_total{cluster=${CLUSTER}} 1`]);
      expect(logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).to.deep.equal([
        { taskArn: foreign, error: REFUSAL },
      ]);
      await clock.advance(20_000);
      expect(refusals).to.equal(2);
      ecs.describeTasks = describe;
      await clock.advance(310_000);
      expect(watched.refusal).to.equal(null);
      closing.abort();
    });

    it('is not blind as long as one of its tasks is described', async () => {
      const { clock, ecs, group, watch, addTask, closing } = createSubject();
      const foreign = addTask(1);
      addTask(2);
      const describe = ecs.describeTasks.bind(ecs);
      ecs.describeTasks = (input) => (input.tasks.includes(foreign) ? Promise.reject(REFUSAL) : describe(input));
      watch(1);
      watch(2);

      await clock.advance(120_000);

      expect(group.blindness).to.equal(null);
      closing.abort();
    });

    it('clears the refusal of a task that is then missing', async () => {
      const { clock, ecs, watch, closing } = createSubject();
      ecs.script.describeTasks = [REFUSAL];
      const watched = watch(1);
      await clock.advance(301_000 + 60_000);

      expect(watched.refusal).to.equal(null);
      closing.abort();
    });
  });

  describe('when ECS is unreachable', () => {
    const failing = (random?: number) => {
      const subject = createSubject({}, random);
      const describe = subject.ecs.describeTasks.bind(subject.ecs);
      subject.ecs.describeTasks = (input) => {
        subject.ecs.calls.push({ operation: 'failed', input });
        return Promise.reject(awsError('ServerException', 'try later'));
      };
      subject.addTask(1);
      return { ...subject, recover: () => Object.assign(subject.ecs, { describeTasks: describe }) };
    };

    const pausesOf = async (random: number) => {
      const { clock, ecs, watch, closing } = failing(random);
      const times: number[] = [];
      const fail = ecs.describeTasks.bind(ecs);
      ecs.describeTasks = (input) => {
        times.push(clock.monotonicMs());
        return fail(input);
      };
      watch(1);
      await clock.advance(100_000);
      closing.abort();
      return times.map((ms, index) => ms - (times[index - 1] ?? 0)).slice(1, 8);
    };

    it('doubles its delays from one second to thirty, half of each random', async () => {
      expect(await pausesOf(0.5)).to.deep.equal([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]);
      expect((await pausesOf(0)).slice(0, 3)).to.deep.equal([500, 1_000, 2_000]);
    });

    it('reports a problem, a warning and a gauge after a minute', async () => {
      const { clock, meter, logger, group, watch, closing } = failing();
      await clock.advance(7_000);
      watch(1);
      await clock.advance(59_999);
      expect(group.blindness).to.equal(null);
      await clock.advance(1);

      expect(group.blindness).to.equal(
        `Tasks of cluster ${CLUSTER} have not been seen for 60 s (1 watched): ServerException try later`,
      );
      expect(meter.of('ecs_watch_blind')).to.deep.equal([]);
      await clock.advance(30_000);
      expect(meter.of('ecs_watch_blind')[0]).to.equal(`ecs_watch_blind{cluster=${CLUSTER}} 1`);
      expect(meter.of('ecs_watch_failures_total')[0]).to.equal(`ecs_watch_failures_total{cluster=${CLUSTER}} 1`);
      expect(logger.messages('warn')).to.have.length(1);
      expect(logger.lines[0]?.fields).to.have.property('cluster', CLUSTER);
      closing.abort();
    });

    it('reports the recovery and the duration, and starts with short delays the next time', async () => {
      const { clock, ecs, meter, logger, group, watch, recover, closing } = failing();
      watch(1);
      await clock.advance(100_000);
      const fail = ecs.describeTasks;
      recover();
      await clock.advance(30_000);

      expect(group.blindness).to.equal(null);
      const [line] = logger.lines.filter(({ level }) => level === 'info');
      expect(line?.fields).to.have.property('cluster', CLUSTER);
      expect(line?.fields.blindSeconds).to.be.within(100, 130);
      expect(logger.messages('info')).to.have.length(1);
      expect(meter.of('ecs_watch_blind').at(-1)).to.equal(`ecs_watch_blind{cluster=${CLUSTER}} 0`);
      ecs.calls.length = 0;
      ecs.describeTasks = fail;
      await clock.advance(15_000);
      expect(ecs.count('failed')).to.be.at.least(3);
      closing.abort();
    });

    it('does not count a call aborted by its closing as a failure', async () => {
      const { ecs, meter, logger, watch, closing, clock } = createSubject();
      ecs.describeTasks = (_input, options?: { signal?: AbortSignal }) =>
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        });
      watch(1);
      await settle();

      closing.abort();
      await clock.advance(1_000);

      expect(logger.lines).to.deep.equal([]);
      expect(meter.of('ecs_watch_failures_total')).to.deep.equal([]);
    });
  });

  describe('for the reliability of events', () => {
    it('counts an end against events that polling found half a minute late', async () => {
      const { clock, ecs, pulse, watch, addTask, closing } = createSubject();
      const arn = addTask(1);
      watch(1);
      await clock.advance(10_000);
      pulse.received(clock.monotonicMs());
      ecs.end(arn, 0, { stoppedAt: new Date(clock.nowMs() - 31_000).toISOString() });
      await clock.advance(10_000);

      expect(pulse.provesAlive(clock.monotonicMs())).to.equal(false);
      closing.abort();
    });

    it('counts no end that it found early, or whose time ECS does not return', async () => {
      for (const stoppedAt of ['2026-01-01T00:00:05Z', 'unknown']) {
        const { clock, ecs, pulse, watch, addTask, closing } = createSubject();
        const arn = addTask(1);
        watch(1);
        await clock.advance(10_000);
        pulse.received(clock.monotonicMs());
        ecs.end(arn, 0, { stoppedAt });
        await clock.advance(10_000);

        expect(pulse.provesAlive(clock.monotonicMs()), stoppedAt).to.equal(true);
        closing.abort();
      }
    });
  });

  it('warns about a task beyond its limit that cannot be stopped, and stops it with the next call', async () => {
    const { clock, ecs, logger, watch, addTask, closing } = createSubject({ startLimitSeconds: 5 });
    const arn = addTask(1, { lastStatus: 'PENDING' });
    ecs.script.stopTask = [awsError('AccessDeniedException', 'no')];
    const watched = watch(1);

    await clock.advance(10_000);

    expect(logger.messages('warn')).to.deep.equal(['Stopping the task failed; retrying while it is seen running']);
    expect(ecs.calls.find(({ operation }) => operation === 'stopTask')?.input).to.deep.equal({
      cluster: CLUSTER,
      task: arn,
      reason: 'Limit of 5 s for the phase start of the task',
    });
    expect(watched.expired).to.deep.equal({ phase: 'start', limitSeconds: 5 });
    expect(ecs.count('stopTask')).to.equal(2);
    closing.abort();
  });
});
