import { RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { EcsSettings } from '../../../src/ecs-settings.js';
import type { ObservedEnd } from '../../../src/observation/diagnosis/task-end.js';
import { EventsPulse } from '../../../src/observation/events/events-pulse.js';
import { TaskWatcher } from '../../../src/observation/watch/task-watcher.js';
import type { WatchOrder } from '../../../src/observation/watch/watched-task.js';
import { someClients, someSettings } from '../../support/builders.js';
import { FakeClock } from '../../support/fake-clock.js';
import { awsError, FakeEcs } from '../../support/fake-ecs.js';
import { RecordingMeter } from '../../support/recording-meter.js';

const CLUSTER = 'analytics';

function createSubject(given: Partial<EcsSettings> = {}) {
  const clock = new FakeClock();
  const ecs = new FakeEcs();
  const clients = someClients({ ecs });
  const pulse = new EventsPulse();
  const settings = someSettings(given);
  const meter = new RecordingMeter();
  const logger = new RecordingLogger();
  const watcher = new TaskWatcher(settings, clock, meter, logger, pulse);
  const arnOf = (index: number) => `arn:aws:ecs:us-east-1:123456789012:task/${CLUSTER}/${index}`;
  const addTask = (index: number) => {
    const taskArn = arnOf(index);
    ecs.tasks.set(taskArn, { taskArn, lastStatus: 'RUNNING', desiredStatus: 'RUNNING', version: 1 });
    return taskArn;
  };
  const watch = (taskArn: string, order: Partial<WatchOrder> = {}): Promise<ObservedEnd> =>
    watcher.watch({
      clients,
      cluster: CLUSTER,
      taskArn,
      launchedAtMs: clock.nowMs(),
      initial: null,
      onChange() {},
      signal: new AbortController().signal,
      ...order,
    });
  return { clock, ecs, clients, meter, logger, pulse, watcher, addTask, watch, arnOf };
}

describe('TaskWatcher', () => {
  it('detects each end among 10,000 tasks within 15 s, with half of the allowed calls', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const arns = Array.from({ length: 10_000 }, (_, index) => addTask(index));
    const ends = new Map<string, number>();
    for (const arn of arns) void watch(arn).then(() => ends.set(arn, clock.nowMs()));
    await clock.advance(5 * 60_000);
    const callsBefore = ecs.count('describeTasks');

    const endedAtMs = clock.nowMs();
    const ended = arns.filter((_, index) => index % 100 === 0);
    for (const arn of ended) ecs.end(arn, 0);
    await clock.advance(60_000);
    const callsPerSecond = (ecs.count('describeTasks') - callsBefore) / 60;
    const latestMs = Math.max(...ended.map((arn) => (ends.get(arn) ?? Number.POSITIVE_INFINITY) - endedAtMs));
    watcher.close();

    expect(ends.size).to.equal(100);
    expect(latestMs).to.be.at.most(15_000);
    expect(callsPerSecond).to.be.at.most(11);
    for (const { operation, input } of ecs.calls) {
      if (operation !== 'describeTasks') continue;
      expect((input as { tasks: string[] }).tasks.length).to.be.at.most(100);
    }
  });

  it('describes a hundred tasks with one call, and rarely once they run steadily', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    for (let index = 0; index < 100; index += 1) watch(addTask(index)).catch(() => {});
    await clock.advance(10 * 60_000);
    const before = ecs.count('describeTasks');

    await clock.advance(60_000);
    watcher.close();

    expect(ecs.count('describeTasks') - before).to.be.within(5, 7);
  });

  it('needs a call for ten of 300 tasks that are launched at 19 a second, run for a while and end', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const ends: Promise<ObservedEnd>[] = [];
    for (let index = 0; index < 300; index += 1) {
      const taskArn = addTask(index);
      ecs.step(taskArn, { lastStatus: 'PROVISIONING' });
      ends.push(watch(taskArn, { initial: { taskArn, lastStatus: 'PROVISIONING', desiredStatus: 'RUNNING' } }));
      await clock.advance(1_000 / 19);
    }
    for (let index = 0; index < 300; index += 1)
      ecs.step([...ecs.tasks.keys()][index] ?? '', { lastStatus: 'RUNNING' });
    await clock.advance(15_000);
    const endedAtMs = clock.nowMs();
    for (const taskArn of ecs.tasks.keys()) ecs.end(taskArn, 0);
    await clock.run(Promise.all(ends));
    watcher.close();

    expect(clock.nowMs() - endedAtMs).to.be.at.most(5_500);
    expect(ecs.count('describeTasks')).to.be.at.most(30);
  });

  it('polls less often while events arrive, and more often again when they stop', async () => {
    const { clock, ecs, pulse, watcher, addTask, watch } = createSubject();
    watch(addTask(1)).catch(() => {});
    await clock.advance(10 * 60_000);
    const callsIn = async (ms: number) => {
      const before = ecs.count('describeTasks');
      await clock.advance(ms);
      return ecs.count('describeTasks') - before;
    };

    pulse.received(clock.nowMs());
    await clock.advance(60_000);
    const withEvents = await callsIn(5 * 60_000);
    await clock.advance(10 * 60_000);
    const silent = await callsIn(5 * 60_000);
    watcher.close();

    expect(withEvents).to.be.at.most(6);
    expect(silent).to.be.at.least(25);
  });

  it('treats a task that is missing just after the launch as not visible yet', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    ecs.invisible.add(arn);
    const watching = watch(arn);
    await clock.advance(8 * 60_000);

    ecs.invisible.clear();
    ecs.end(arn, 0);

    expect((await clock.run(watching)).kind).to.equal('stopped');
  });

  it('treats a task that never becomes visible as gone after ten minutes', async () => {
    const { clock, watch, arnOf } = createSubject();
    const beganMs = clock.nowMs();

    const end = await clock.run(watch(arnOf(1)));

    expect(end.kind).to.equal('vanished');
    expect(clock.nowMs() - beganMs).to.be.within(10 * 60_000, 11 * 60_000);
  });

  it('tolerates a gap in the responses about a recently seen task', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    const watching = watch(arn);
    await clock.advance(60_000);
    ecs.invisible.add(arn);
    await clock.advance(5 * 60_000);

    ecs.invisible.clear();
    ecs.end(arn, 0);

    expect((await clock.run(watching)).kind).to.equal('stopped');
  });

  it('treats a task of an earlier process that ECS does not know as gone after a minute', async () => {
    const { clock, watch, arnOf } = createSubject();
    const beganMs = clock.nowMs();

    const end = await clock.run(watch(arnOf(1), { launchedAtMs: null }));

    expect(end.kind).to.equal('vanished');
    expect(clock.nowMs() - beganMs).to.be.within(60_000, 90_000);
  });

  it('does not end by a launch response that only reports a stopped task', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    ecs.end(arn, 7);

    const end = await clock.run(watch(arn, { initial: { taskArn: arn, lastStatus: 'STOPPED' } }));

    expect(end.kind === 'stopped' && end.task.containers?.[0]?.exitCode).to.equal(7);
  });

  it('ends soon after an event', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);
    const watching = watch(arn);
    await clock.advance(10 * 60_000);

    await watcher.apply(ecs.end(arn, 0), { id: 'e', time: null });

    await clock.advance(500);
    expect((await watching).kind).to.equal('stopped');
  });

  it('ignores late and duplicate events', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);
    const seen: (string | undefined)[] = [];
    watch(arn, { onChange: (task) => void seen.push(task.lastStatus) }).catch(() => {});
    await clock.advance(1_000);
    const older = { taskArn: arn, lastStatus: 'PENDING', version: 0 };
    const newer = ecs.step(arn, { lastStatus: 'STOPPING', desiredStatus: 'STOPPED' });

    await watcher.apply(newer, { id: 'b', time: null });
    await watcher.apply(newer, { id: 'b', time: null });
    await watcher.apply(older, { id: 'a', time: null });
    watcher.close();

    expect(seen).to.deep.equal(['RUNNING', 'STOPPING']);
  });

  it('reports a skipped status once when an event reports it', async () => {
    const { clock, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);
    const seen: (string | undefined)[] = [];
    const past: string[] = [];
    watch(arn, {
      onChange: (task) => void seen.push(task.lastStatus),
      onPast: (task, { id }) => void past.push(`${task.lastStatus} ${id}`),
    }).catch(() => {});
    await clock.advance(1_000);
    const older = { taskArn: arn, lastStatus: 'PENDING', version: 0 };

    await watcher.apply(older, { id: 'a', time: null });
    await watcher.apply(older, { id: 'a', time: null });
    await watcher.apply({ taskArn: arn, lastStatus: 'RUNNING', version: 1 }, { id: 'b', time: null });
    watcher.close();

    expect(seen).to.deep.equal(['RUNNING']);
    expect(past).to.deep.equal(['PENDING a']);
  });

  for (const hours of [-5, 5]) {
    it(`continues when the system clock is set by ${hours} hours`, async () => {
      const { clock, ecs, addTask, watch, arnOf } = createSubject();
      const ends: string[] = [];
      const running = addTask(1);
      for (const arn of [running, arnOf(2)]) void watch(arn).then(({ kind }) => ends.push(kind));
      await clock.advance(60_000);

      clock.set(hours * 3_600_000);
      await clock.advance(60_000);
      ecs.end(running, 0);
      await clock.advance(15_000);

      expect(ends).to.deep.equal(['stopped']);
    });
  }

  it('keeps an event about a task until it is watched', async () => {
    const { ecs, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);

    watcher.keepEarly(ecs.end(arn, 4), { id: 'e', time: null });
    const end = await watch(arn);

    expect(end.kind === 'stopped' && end.task.containers?.[0]?.exitCode).to.equal(4);
    expect(ecs.count('describeTasks')).to.equal(1);
  });

  it('retries forever if AWS fails, with increasing delays', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);
    ecs.script.describeTasks = Array.from({ length: 40 }, () => awsError('ExpiredTokenException', 'expired'));
    const watching = watch(arn);

    await clock.advance(120_000);
    const problems = watcher.problems;
    const calls = ecs.count('describeTasks');
    ecs.end(arn, 0);
    const end = await clock.run(watching);

    expect(problems).to.have.length(1);
    expect(calls).to.be.at.most(12);
    expect(end.kind).to.equal('stopped');
    expect(watcher.problems).to.deep.equal([]);
  });

  it('keeps the tags that a stop removes', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    ecs.step(arn, { tags: [{ key: 'a', value: 'b' }] });
    const watching = watch(arn);
    await clock.advance(3_000);
    ecs.end(arn, 0, { tags: [] });

    const end = await clock.run(watching);

    expect(end.kind === 'stopped' && end.task.tags).to.deep.equal([{ key: 'a', value: 'b' }]);
  });

  describe('when ECS refuses to describe a task', () => {
    const refuseForeign = (ecs: FakeEcs) => {
      const describe = ecs.describeTasks.bind(ecs);
      ecs.describeTasks = async (input) => {
        if (input.tasks.some((arn) => arn.includes(':999'))) {
          ecs.calls.push({ operation: 'describeTasks', input });
          throw awsError('InvalidParameterException', 'Identifier is for 999. Your accountId is 123456789012');
        }
        return describe(input);
      };
    };
    const foreign = `arn:aws:ecs:us-east-1:999:task/${CLUSTER}/x`;

    it('still watches the others', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject();
      refuseForeign(ecs);
      const arns = Array.from({ length: 99 }, (_, index) => addTask(index));
      const ends = new Set<string>();
      for (const arn of arns) void watch(arn).then(() => ends.add(arn));
      let isForeignSettled = false;
      watch(foreign).then(
        () => {
          isForeignSettled = true;
        },
        () => {},
      );
      await clock.advance(60_000);
      for (const arn of arns) ecs.end(arn, 0);
      await clock.advance(15_000);

      expect(ends.size).to.equal(99);
      expect(isForeignSettled).to.equal(false);
      watcher.close();
    });

    it('reports a problem if it can describe none, and treats none as gone', async () => {
      const { clock, ecs, watcher, watch } = createSubject();
      refuseForeign(ecs);
      const kinds: string[] = [];
      for (const arn of [foreign, `${foreign}y`]) {
        watch(arn).then(
          ({ kind }) => kinds.push(kind),
          () => {},
        );
      }

      await clock.advance(30 * 60_000);

      expect(watcher.problems).to.have.length(1);
      expect(watcher.problems[0]).to.include('Your accountId is');
      expect(kinds).to.deep.equal([]);
      expect(ecs.count('describeTasks')).to.be.below(100);
      watcher.close();
    });
  });

  describe('when an event reports that a task has stopped', () => {
    const event = { id: 'e', time: null };

    it('describes the task, and uses only the id of the event', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject();
      const arn = addTask(1);
      const seen: string[] = [];
      const watching = watch(arn, { onChange: ({ lastStatus }, from) => void seen.push(`${lastStatus} ${from?.id}`) });
      await clock.advance(10 * 60_000);
      ecs.end(arn, 7);

      await watcher.apply({ taskArn: arn, lastStatus: 'STOPPED', stoppedReason: 'forged', version: 99 }, event);
      await clock.advance(500);

      const end = await watching;
      expect(end.kind === 'stopped' && [end.task.stoppedReason, end.task.containers?.[0]?.exitCode]).to.deep.equal([
        'Essential container in task exited',
        7,
      ]);
      expect(seen).to.deep.equal(['RUNNING undefined', 'STOPPED e']);
    });

    it('polls every second while ECS returns an older state, for half a minute', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject();
      const arn = addTask(1);
      let isEnded = false;
      void watch(arn).then(
        () => {
          isEnded = true;
        },
        () => {},
      );
      await clock.advance(10 * 60_000);
      const before = ecs.count('describeTasks');

      await watcher.apply({ taskArn: arn, lastStatus: 'STOPPED' }, event);
      await clock.advance(30_000);
      const hinted = ecs.count('describeTasks') - before;
      await clock.advance(60_000);

      expect(isEnded).to.equal(false);
      expect(hinted).to.be.within(28, 32);
      expect(ecs.count('describeTasks') - before - hinted).to.be.at.most(8);
      watcher.close();
    });

    it('describes many tasks with few calls', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject();
      const arns = Array.from({ length: 50 }, (_, index) => addTask(index));
      const ends = arns.map((arn) => watch(arn));
      await clock.advance(10 * 60_000);
      const before = ecs.count('describeTasks');

      for (const arn of arns) {
        ecs.end(arn, 0);
        await watcher.apply({ taskArn: arn, lastStatus: 'STOPPED' }, event);
        await clock.advance(10);
      }
      await clock.run(Promise.all(ends));

      expect(ecs.count('describeTasks') - before).to.be.at.most(4);
    });

    it('knows the task after its end, so that late events are not treated as foreign', async () => {
      const { clock, ecs, watcher, addTask, watch, arnOf } = createSubject();
      const arn = addTask(1);
      const watching = watch(arn);
      expect([watcher.knows(arn), watcher.knows(arnOf(2))]).to.deep.equal([true, false]);
      ecs.end(arn, 0);
      await clock.run(watching);

      expect([watcher.isWatched(arn), watcher.knows(arn)]).to.deep.equal([false, true]);
    });

    it('forgets it a quarter of an hour after its end, once another one ends', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject();
      const [first, second, third] = [addTask(1), addTask(2), addTask(3)];
      const end = async (arn: string) => {
        const watching = watch(arn);
        ecs.end(arn, 0);
        await clock.run(watching);
      };
      await end(first);
      await clock.advance(14 * 60_000);
      await end(second);
      expect(watcher.knows(first)).to.equal(true);
      await clock.advance(2 * 60_000);
      await end(third);

      expect([watcher.knows(first), watcher.knows(second), watcher.knows(third)]).to.deep.equal([false, true, true]);
    });
  });

  describe('whose task is to stop', () => {
    async function createStopping() {
      const subject = createSubject();
      const arn = subject.addTask(1);
      const end = subject.watch(arn);
      end.catch(() => {});
      await subject.clock.advance(200_000);
      subject.ecs.calls.length = 0;
      const stops = () => subject.ecs.calls.filter(({ operation }) => operation === 'stopTask');
      return { ...subject, arn, end, stops };
    }

    it('repeats the first request every five seconds while ECS reports the task as running', async () => {
      const { clock, ecs, meter, watcher, arn, stops } = await createStopping();
      expect(watcher.orderStop(arn, 'cancelled')).to.equal(true);
      watcher.orderStop(arn, 'cancelled again');
      await clock.advance(4_000);
      expect([ecs.count('describeTasks') > 0, stops()]).to.deep.equal([true, []]);
      ecs.deafTo.add(arn);

      await clock.advance(3_000);
      expect(stops().map(({ input }) => input)).to.deep.equal([{ cluster: CLUSTER, task: arn, reason: 'cancelled' }]);
      await clock.advance(4_000);
      expect(stops()).to.have.length(1);
      await clock.advance(60_000);

      watcher.close();
      expect(stops()).to.have.length(2);
      expect(meter.of('ecs_watch_stop_orders_total')).to.have.length(2);
      expect(ecs.tasks.get(arn)?.desiredStatus).to.equal('STOPPED');
    });

    it('polls it soon and every two seconds, and reports that its stop was requested', async () => {
      const { clock, ecs, watcher, arn, end } = await createStopping();
      watcher.orderStop(arn, 'cancelled');
      await clock.advance(500);
      expect(ecs.count('describeTasks')).to.equal(1);
      await clock.advance(8_500);
      expect(ecs.count('describeTasks')).to.equal(5);

      ecs.step(arn, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
      await clock.advance(2_000);

      expect((await end).stopRequested).to.equal(true);
    });

    it('requests no stop of a task that is not watched', async () => {
      const { watcher, arnOf, stops } = await createStopping();

      expect(watcher.orderStop(arnOf(2), 'cancelled')).to.equal(false);
      expect(stops()).to.deep.equal([]);
      watcher.close();
    });
  });

  describe('with a time limit', () => {
    it('polls a task when its limit expires, however rarely otherwise', async () => {
      const { clock, ecs, pulse, watcher, addTask, watch } = createSubject({ runLimitSeconds: 725 });
      const arn = addTask(1);
      ecs.step(arn, { startedAt: new Date(clock.nowMs()).toISOString() });
      watch(arn).catch(() => {});
      for (let minute = 0; minute < 12; minute += 1) {
        pulse.received(clock.nowMs());
        await clock.advance(60_000);
      }
      const before = ecs.count('stopTask');
      await clock.advance(6_000);
      watcher.close();

      expect([before, ecs.count('stopTask')]).to.deep.equal([0, 1]);
    });

    it('repeats the stop request until ECS accepts it', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject({ startLimitSeconds: 30 });
      const arn = addTask(1);
      ecs.step(arn, { lastStatus: 'PENDING' });
      ecs.script.stopTask = [awsError('AccessDeniedException', 'no'), awsError('ServerException', 'x')];
      watch(arn).catch(() => {});

      await clock.advance(60_000);
      watcher.close();

      expect(ecs.count('stopTask')).to.equal(3);
      expect(ecs.tasks.get(arn)?.stoppedReason).to.include('phase start');
    });

    it('counts from when ECS created the task, also for one of an earlier process', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject({ provisioningLimitSeconds: 600 });
      const arn = addTask(1);
      ecs.step(arn, { lastStatus: 'PROVISIONING', createdAt: new Date(clock.nowMs() - 590_000).toISOString() });
      watch(arn, { launchedAtMs: null }).catch(() => {});

      await clock.advance(15_000);
      watcher.close();

      expect(ecs.count('stopTask')).to.equal(1);
    });
  });

  describe('counts the watched tasks', () => {
    it('in its size and a gauge', async () => {
      const { clock, ecs, meter, watcher, addTask, watch } = createSubject();
      const arn = addTask(1);
      const watching = watch(arn);
      watch(addTask(2)).catch(() => {});
      expect(watcher.size).to.equal(2);

      ecs.end(arn, 0);
      await clock.run(watching);

      expect(watcher.size).to.equal(1);
      expect(meter.of('ecs_tasks_watched')).to.deep.equal([1, 2, 1].map((count) => `ecs_tasks_watched ${count}`));
      watcher.close();
    });

    it('for several watches of one task, until the last one ends', async () => {
      const { clock, watcher, addTask, watch } = createSubject();
      const arn = addTask(1);
      const stops = [new AbortController(), new AbortController()];
      for (const { signal } of stops) watch(arn, { signal }).catch(() => {});
      await clock.advance(1_000);

      stops[0]?.abort();
      expect([watcher.isWatched(arn), watcher.size]).to.deep.equal([true, 1]);
      stops[1]?.abort();
      expect([watcher.isWatched(arn), watcher.size]).to.deep.equal([false, 0]);
    });

    it('and passes an event to each watch of the task', async () => {
      const { clock, ecs, watcher, addTask, watch } = createSubject();
      const arn = addTask(1);
      const watching = [watch(arn), watch(arn)];
      await clock.advance(1_000);

      await watcher.apply(ecs.end(arn, 0), { id: 'e', time: null });

      expect((await Promise.all(watching)).map(({ kind }) => kind)).to.deep.equal(['stopped', 'stopped']);
    });
  });

  it('rejects with the reason of the signal, and stops calling ECS', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const stop = new AbortController();
    const failure = watch(addTask(1), { signal: stop.signal }).catch((error: unknown) => error);
    await clock.advance(1_000);
    const before = ecs.count('describeTasks');
    const reason = new Error('drained');

    stop.abort(reason);

    expect(await failure).to.equal(reason);
    await clock.advance(60_000);
    expect(ecs.count('describeTasks')).to.equal(before);
  });

  it('rejects immediately with an aborted signal', async () => {
    const { ecs, watcher, addTask, watch } = createSubject();
    const reason = new Error('too late');

    const failure = await watch(addTask(1), { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error);

    expect(failure).to.equal(reason);
    expect(watcher.size).to.equal(0);
    expect(ecs.calls).to.deep.equal([]);
  });

  it('rejects every watch when it is closed, including later ones', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const first = watch(addTask(1)).catch((error: Error) => error.message);
    await clock.advance(1_000);
    const before = ecs.count('describeTasks');

    watcher.close();
    const second = watch(addTask(2)).catch((error: Error) => error.message);

    expect(await Promise.all([first, second])).to.deep.equal(['The watcher was closed', 'The watcher was closed']);
    expect(watcher.size).to.equal(0);
    await clock.advance(60_000);
    expect(ecs.count('describeTasks')).to.equal(before);
  });

  it('closes with the given reason', async () => {
    const { clock, watcher, addTask, watch } = createSubject();
    const reason = new Error('torn down');
    const failure = watch(addTask(1)).catch((error: unknown) => error);
    await clock.advance(1);

    watcher.close(reason);

    expect(await failure).to.equal(reason);
  });

  it('does not start to describe a task whose watch ended while its start was reported', async () => {
    const { ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    const stop = new AbortController();
    let report: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      report = resolve;
    });
    const failure = watch(arn, {
      initial: { taskArn: arn, lastStatus: 'PROVISIONING', version: 0 },
      signal: stop.signal,
      onChange: () => held,
    }).catch((error: unknown) => error);
    stop.abort();
    report();
    await failure;
    await settle();

    expect(ecs.count('describeTasks')).to.equal(0);
  });

  it('reports the response to the launch first', async () => {
    const { clock, addTask, watcher, watch } = createSubject();
    const arn = addTask(1);
    const seen: (string | undefined)[] = [];
    watch(arn, {
      initial: { taskArn: arn, lastStatus: 'PROVISIONING', version: 0 },
      onChange: ({ lastStatus }) => void seen.push(lastStatus),
    }).catch(() => {});
    await clock.advance(1_000);

    expect(seen).to.deep.equal(['PROVISIONING', 'RUNNING']);
    watcher.close();
  });

  it('allows a task ten minutes to become visible although the launch returned it', async () => {
    const { clock, watch, arnOf } = createSubject();
    const arn = arnOf(1);
    const beganMs = clock.nowMs();

    const end = await clock.run(watch(arn, { initial: { taskArn: arn, lastStatus: 'PROVISIONING' } }));

    expect(end.kind).to.equal('vanished');
    expect(clock.nowMs() - beganMs).to.be.within(600_000, 605_000);
  });

  it('describes tasks of different clusters and credentials separately', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const other = new FakeEcs();
    const foreignClients = someClients({ key: 'other', ecs: other });
    watch(addTask(1)).catch(() => {});
    watch(addTask(2), { cluster: 'batch' }).catch(() => {});
    watch('arn:aws:ecs:us-east-1:999:task/x/1', { clients: foreignClients }).catch(() => {});
    await clock.advance(1);

    const clusters = ecs.calls.map(({ input }) => (input as { cluster: string }).cluster);
    expect(clusters).to.deep.equal([CLUSTER, 'batch']);
    expect(other.count('describeTasks')).to.equal(1);
    watcher.close();
  });

  it('warns about a change that could not be passed on', async () => {
    const { clock, logger, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);
    const error = new Error('no');
    watch(arn, {
      onChange: () => {
        throw error;
      },
    }).catch(() => {});
    await clock.advance(1_000);

    expect(logger.lines).to.deep.equal([
      { level: 'warn', message: 'Reporting a change of a task failed', fields: { taskArn: arn, error } },
    ]);
    watcher.close();
  });

  describe('of events that arrived before the watch', () => {
    const early = async (...tasks: readonly object[]) => {
      const { clock, watcher, addTask, watch } = createSubject();
      const arn = addTask(1);
      for (const [index, task] of tasks.entries()) {
        watcher.keepEarly({ taskArn: arn, ...task }, { id: `e${index}`, time: null });
      }
      const seen: string[] = [];
      watch(arn, { onChange: ({ lastStatus }, event) => void seen.push(`${lastStatus} ${event?.id}`) }).catch(() => {});
      await settle();
      const [first] = seen;
      watcher.close();
      await clock.advance(1);
      return first;
    };

    it('keeps the newest by version, and the last of one version', async () => {
      expect(await early({ lastStatus: 'PENDING', version: 3 }, { lastStatus: 'PROVISIONING', version: 2 })).to.equal(
        'PENDING e0',
      );
      expect(await early({ lastStatus: 'PENDING', version: 3 }, { lastStatus: 'ACTIVATING', version: 3 })).to.equal(
        'ACTIVATING e1',
      );
      expect(await early({ lastStatus: 'PENDING' }, { lastStatus: 'ACTIVATING' })).to.equal('ACTIVATING e1');
      expect(await early({ lastStatus: 'PENDING', version: 1 }, { lastStatus: 'PROVISIONING' })).to.equal('PENDING e0');
    });

    it('uses it for only one watch', async () => {
      const { ecs, watcher, addTask, watch } = createSubject();
      const arn = addTask(1);
      watcher.keepEarly(ecs.end(arn, 4), { id: 'e', time: null });
      await watch(arn);
      const seen: (string | undefined)[] = [];

      const end = await watch(arn, { onChange: (_task, event) => void seen.push(event?.id) });

      expect(end.kind).to.equal('stopped');
      expect(seen).to.deep.equal([undefined]);
    });

    it('keeps nothing of an event without a task', () => {
      const { watcher } = createSubject();

      expect(() => watcher.keepEarly({ lastStatus: 'PENDING' }, { id: 'e', time: null })).not.to.throw();
    });
  });

  it('ignores the end of a task that is not watched', async () => {
    const { watcher } = createSubject();

    const done = watcher.apply({ taskArn: 'unknown', lastStatus: 'STOPPED' }, { id: 'e', time: null });

    expect(await done).to.equal(undefined);
  });
});
