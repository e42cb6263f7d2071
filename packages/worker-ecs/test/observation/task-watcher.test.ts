import { expect } from 'chai';
import { EventsPulse } from '../../src/observation/events-pulse.js';
import type { ObservedEnd } from '../../src/observation/task-end.js';
import { TaskWatcher } from '../../src/observation/task-watcher.js';
import type { WatchOrder } from '../../src/observation/watched-task.js';
import { silentLogger, silentMeter, someClients, someSettings } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError, FakeEcs } from '../support/fake-ecs.js';

const CLUSTER = 'analytics';

function createSubject() {
  const clock = new FakeClock();
  const ecs = new FakeEcs();
  const clients = someClients({ ecs });
  const pulse = new EventsPulse();
  const settings = someSettings();
  const watcher = new TaskWatcher({ settings, clock, meter: silentMeter, logger: silentLogger, pulse });
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
  return { clock, ecs, pulse, watcher, addTask, watch, arnOf };
}

describe('TaskWatcher', () => {
  it('sees each end among 10,000 tasks within 15 s, with half of the calls AWS allows', async () => {
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

  it('looks at a hundred tasks with one call, and seldom once they run steadily', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    for (let index = 0; index < 100; index += 1) watch(addTask(index)).catch(() => {});
    await clock.advance(10 * 60_000);
    const before = ecs.count('describeTasks');

    await clock.advance(60_000);
    watcher.close();

    expect(ecs.count('describeTasks') - before).to.be.within(5, 7);
  });

  it('looks more seldom while events prove alive, and more often again when they fall silent', async () => {
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

  it('takes a task that is missing just after the launch for not visible yet', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    ecs.invisible.add(arn);
    const watching = watch(arn);
    await clock.advance(8 * 60_000);

    ecs.invisible.clear();
    ecs.end(arn, 0);

    expect((await clock.run(watching)).kind).to.equal('stopped');
  });

  it('takes a task that never becomes visible for gone after ten minutes', async () => {
    const { clock, watch, arnOf } = createSubject();
    const beganMs = clock.nowMs();

    const end = await clock.run(watch(arnOf(1)));

    expect(end.kind).to.equal('vanished');
    expect(clock.nowMs() - beganMs).to.be.within(10 * 60_000, 11 * 60_000);
  });

  it('outlasts a gap in what ECS answers about a task that was seen a moment ago', async () => {
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

  it('takes a task of an earlier process that ECS does not know for gone after a minute', async () => {
    const { clock, watch, arnOf } = createSubject();
    const beganMs = clock.nowMs();

    const end = await clock.run(watch(arnOf(1), { launchedAtMs: null }));

    expect(end.kind).to.equal('vanished');
    expect(clock.nowMs() - beganMs).to.be.within(60_000, 90_000);
  });

  it('is not ended by an answer to the launch that tells only that the task has stopped', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    ecs.end(arn, 7);

    const end = await clock.run(watch(arn, { initial: { taskArn: arn, lastStatus: 'STOPPED' } }));

    expect(end.kind === 'stopped' && end.task.containers?.[0]?.exitCode).to.equal(7);
  });

  it('ends at once by an event', async () => {
    const { clock, ecs, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);
    const watching = watch(arn);
    await clock.advance(10 * 60_000);

    await watcher.apply(ecs.end(arn, 0), { id: 'e', time: null });

    expect((await watching).kind).to.equal('stopped');
  });

  it('passes over events that come late or twice', async () => {
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

  it('keeps what an event told of a task before it was watched', async () => {
    const { ecs, watcher, addTask, watch } = createSubject();
    const arn = addTask(1);

    watcher.keepEarly(ecs.end(arn, 4), { id: 'e', time: null });
    const end = await watch(arn);

    expect(end.kind === 'stopped' && end.task.containers?.[0]?.exitCode).to.equal(4);
    expect(ecs.count('describeTasks')).to.equal(0);
  });

  it('goes on for ever when AWS fails, slower each time', async () => {
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

  it('keeps the tags that a stop takes off', async () => {
    const { clock, ecs, addTask, watch } = createSubject();
    const arn = addTask(1);
    ecs.step(arn, { tags: [{ key: 'a', value: 'b' }] });
    const watching = watch(arn);
    await clock.advance(3_000);
    ecs.end(arn, 0, { tags: [] });

    const end = await clock.run(watching);

    expect(end.kind === 'stopped' && end.task.tags).to.deep.equal([{ key: 'a', value: 'b' }]);
  });
});
