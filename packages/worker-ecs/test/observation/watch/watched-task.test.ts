import { FakeClock, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import type { ObservedEnd } from '../../../src/observation/diagnosis/task-end.js';
import { WatchedTask, type WatchOrder } from '../../../src/observation/watch/watched-task.js';
import { someClients } from '../../support/builders.js';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:task/analytics/1';
const EVENT = { id: 'e', time: null };

function aTask(more: Partial<EcsTask> = {}): EcsTask {
  return { taskArn: ARN, lastStatus: 'RUNNING', desiredStatus: 'RUNNING', ...more };
}

function createSubject(order: Partial<WatchOrder> = {}) {
  const clock = new FakeClock();
  const ends: ObservedEnd[] = [];
  const failures: unknown[] = [];
  const seen: string[] = [];
  const hastened: number[] = [];
  const watched = new WatchedTask(
    {
      clients: someClients(),
      cluster: 'analytics',
      taskArn: ARN,
      launchedAtMs: null,
      onChange: ({ lastStatus }, event) => void seen.push(`${lastStatus} ${event?.id ?? 'polled'}`),
      signal: new AbortController().signal,
      ...order,
    },
    clock,
    {
      hasten: () => void hastened.push(clock.monotonicMs()),
      ended: (_, end) => void ends.push(end),
      failed: (_, error) => void failures.push(error),
    },
  );
  return { clock, watched, ends, failures, seen, hastened };
}

describe('WatchedTask', () => {
  it('is due immediately, and counts its times from the start of the watch', () => {
    const { clock, watched } = createSubject();
    const nowMs = clock.monotonicMs();

    expect(watched).to.include({ nextLookAtMs: nowMs, watchedSinceMs: nowMs, changedAtMs: nowMs });
    expect(watched).to.include({ task: null, seenAtMs: null, missingSinceMs: null, missingLooks: 0, refusal: null });
    expect(watched.launchedAtMs).to.equal(clock.nowMs());
  });

  it('keeps tags only if they are needed', async () => {
    const tags = [{ key: 'team', value: 'analytics' }];
    for (const [needsTags, expected, lacksTags] of [
      [undefined, tags, false],
      [true, tags, false],
      [false, undefined, false],
    ] as const) {
      const { clock, watched } = createSubject(needsTags === undefined ? {} : { needsTags });
      expect(watched.lacksTags).to.equal(needsTags ?? true);
      await watched.take(aTask({ tags }), clock.monotonicMs(), null);
      expect([watched.task?.tags, watched.lacksTags]).to.deep.equal([expected, lacksTags]);
    }
  });

  it('keeps the time of its launch', () => {
    expect(createSubject({ launchedAtMs: 1_234 }).watched.launchedAtMs).to.equal(1_234);
  });

  describe('treats as news', () => {
    const isNews = async (known: Partial<EcsTask> | null, next: Partial<EcsTask>) => {
      const { clock, watched } = createSubject();
      if (known !== null) await watched.take(aTask(known), clock.monotonicMs(), null);
      return watched.isNews(aTask(next));
    };

    for (const [title, known, next, expected] of [
      ['the first it hears', null, {}, true],
      ['a higher version', { version: 2 }, { version: 3 }, true],
      ['not a lower version, whatever its status', { version: 2 }, { version: 1, lastStatus: 'PENDING' }, false],
      ['another status of the same version', { version: 2 }, { version: 2, lastStatus: 'STOPPING' }, true],
      ['not the same status of the same version', { version: 2 }, { version: 2 }, false],
      ['another status without a version', { version: 2 }, { lastStatus: 'STOPPING' }, true],
      ['another status where the known one has no version', {}, { version: 1, lastStatus: 'STOPPING' }, true],
      ['not the same status without a version', { version: 2 }, {}, false],
      ['not the same status where the known one has no version', {}, { version: 9 }, false],
      ['another desired status', {}, { desiredStatus: 'STOPPED' }, true],
      ['nothing after the end', { lastStatus: 'STOPPED', version: 2 }, { version: 3 }, false],
    ] as const) {
      it(title, async () => {
        expect(await isNews(known, next)).to.equal(expected);
      });
    }
  });

  it('reports every new status in order, with its event', async () => {
    const { clock, watched, seen } = createSubject();

    await watched.take(aTask({ lastStatus: 'PENDING' }), clock.monotonicMs(), null);
    await watched.take(aTask(), clock.monotonicMs(), EVENT);
    await watched.take(aTask({ desiredStatus: 'STOPPED' }), clock.monotonicMs(), EVENT);

    expect(seen).to.deep.equal(['PENDING polled', 'RUNNING e']);
  });

  it('waits for one report before the next, and resolves after its own', async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const told: (string | undefined)[] = [];
    const { clock, watched } = createSubject({
      onChange: async ({ lastStatus }) => {
        if (lastStatus === 'PENDING') await held;
        told.push(lastStatus);
      },
    });
    let resolved = 0;
    const nowMs = clock.monotonicMs();
    const takes = [
      watched.take(aTask({ lastStatus: 'PENDING' }), nowMs, null),
      watched.take(aTask(), nowMs, null),
      watched.take(aTask(), nowMs, null),
    ];
    for (const take of takes) void take.then(() => (resolved += 1));
    await settle();
    const before = [told.length, resolved];

    release();
    await Promise.all(takes);

    expect(before).to.deep.equal([0, 0]);
    expect(told).to.deep.equal(['PENDING', 'RUNNING']);
  });

  it('ends with the stopped task and the limit that had expired', async () => {
    const { clock, watched, ends } = createSubject();
    watched.expired = { phase: 'run', limitSeconds: 5 };

    await watched.take(aTask({ lastStatus: 'STOPPED', version: 4 }), clock.monotonicMs(), null);

    expect(ends).to.deep.equal([
      {
        kind: 'stopped',
        task: aTask({ lastStatus: 'STOPPED', version: 4 }),
        expiredLimit: { phase: 'run', limitSeconds: 5 },
        stopRequested: false,
      },
    ]);
    expect(watched.isSettled).to.equal(true);
  });

  it('ends also with a task that ECS has deleted', async () => {
    const { clock, watched, ends } = createSubject();

    await watched.take(aTask({ lastStatus: 'DELETED' }), clock.monotonicMs(), null);

    expect(ends.map(({ kind }) => kind)).to.deep.equal(['stopped']);
  });

  it('ends once', async () => {
    const { clock, watched, ends } = createSubject();
    expect(watched.isSettled).to.equal(false);
    await watched.take(aTask({ lastStatus: 'STOPPED' }), clock.monotonicMs(), null);

    watched.giveUp(1_000);

    expect(ends).to.have.length(1);
  });

  it('gives up with the last known task', async () => {
    const { clock, watched, ends } = createSubject();
    await watched.take(aTask(), clock.monotonicMs(), null);

    watched.giveUp(90_500);

    expect(ends).to.deep.equal([
      { kind: 'vanished', lastSeen: aTask(), missingForSeconds: 90.5, stopRequested: false },
    ]);
  });

  it('resets the count of misses whenever it is seen', async () => {
    const { clock, watched } = createSubject();
    Object.assign(watched, { missingSinceMs: 5, missingLooks: 2 });
    await clock.advance(700);

    await watched.take(aTask(), clock.monotonicMs(), null);

    expect(watched).to.include({ missingSinceMs: null, missingLooks: 0, seenAtMs: clock.monotonicMs() });
  });

  it('updates the time of a change only for a new status or desired status', async () => {
    const { clock, watched } = createSubject();
    const takeAfter = async (ms: number, task: Partial<EcsTask>) => {
      await clock.advance(ms);
      await watched.take(aTask(task), clock.monotonicMs(), null);
      return clock.monotonicMs() - watched.changedAtMs;
    };

    expect(await takeAfter(100, { version: 1 })).to.equal(0);
    expect(await takeAfter(100, { version: 2, launchType: 'FARGATE' })).to.equal(100);
    expect(await takeAfter(100, { version: 3, desiredStatus: 'STOPPED' })).to.equal(0);
    expect(await takeAfter(100, { version: 4, desiredStatus: 'STOPPED', lastStatus: 'STOPPING' })).to.equal(0);
  });

  it('reports a failure to pass on a change, and continues', async () => {
    const failing = createSubject({
      onChange: () => {
        throw new Error('not now');
      },
      onPast: () => {
        throw new Error('nor later');
      },
    });
    const nowMs = failing.clock.monotonicMs();
    await failing.watched.take(aTask({ version: 2 }), nowMs, null);
    await failing.watched.take(aTask({ version: 1, lastStatus: 'PENDING' }), nowMs, EVENT);
    await failing.watched.take(aTask({ version: 3, lastStatus: 'STOPPED' }), nowMs, null);

    expect(failing.failures.map(String)).to.deep.equal(['Error: not now', 'Error: nor later', 'Error: not now']);
    expect(failing.ends).to.have.length(1);
  });

  it('reports an earlier status only if an event reports it', async () => {
    const past: string[] = [];
    const { clock, watched } = createSubject({ onPast: ({ lastStatus }) => void past.push(String(lastStatus)) });
    const nowMs = clock.monotonicMs();
    await watched.take(aTask({ version: 2 }), nowMs, null);

    await watched.take(aTask({ version: 1, lastStatus: 'PENDING' }), nowMs, null);
    expect(past).to.deep.equal([]);
    await watched.take(aTask({ version: 1, lastStatus: 'PENDING' }), nowMs, EVENT);
    await watched.take(aTask({ version: 1, lastStatus: 'PENDING' }), nowMs, EVENT);

    expect(past).to.deep.equal(['PENDING']);
  });

  it('keeps members and tags that a later response lacks', async () => {
    const { clock, watched } = createSubject();
    const tags = [{ key: 'a', value: 'b' }];
    await watched.take(aTask({ createdAt: 'then', tags, version: 1 }), clock.monotonicMs(), null);

    await watched.take(aTask({ tags: [], version: 2 }), clock.monotonicMs(), null);

    expect(watched.task).to.deep.equal(aTask({ createdAt: 'then', tags, version: 2 }));
  });

  it('has no tags before any were seen', async () => {
    const { clock, watched } = createSubject();

    await watched.take(aTask(), clock.monotonicMs(), null);

    expect(watched.task).not.to.have.property('tags');
  });
});
