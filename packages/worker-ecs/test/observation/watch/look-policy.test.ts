import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import { isGone, type LookFacts, type MissingFacts, nextLookMs } from '../../../src/observation/watch/look-policy.js';

const RUNNING: EcsTask = { lastStatus: 'RUNNING', desiredStatus: 'RUNNING' };
const PENDING: EcsTask = { lastStatus: 'PENDING', desiredStatus: 'RUNNING' };

function pauseMs(facts: Partial<LookFacts>): number {
  return nextLookMs({
    task: RUNNING,
    isStopping: false,
    ageMs: 3_600_000,
    sinceChangeMs: 3_600_000,
    eventsProveAlive: false,
    watchedTasks: 1,
    ...facts,
  });
}

describe('nextLookMs', () => {
  describe('without events', () => {
    for (const [title, facts, expected] of [
      ['every second in the first ten seconds', { ageMs: 9_999 }, 1_000],
      ['every two seconds from ten seconds on', { ageMs: 10_000 }, 2_000],
      ['every two seconds until the end of the first minute', { ageMs: 59_999 }, 2_000],
      ['every five seconds while it is not running, after a minute', { ageMs: 60_000, task: PENDING }, 5_000],
      ['every five seconds while it is not visible, after a minute', { ageMs: 60_000, task: null }, 5_000],
      ['every two seconds for half a minute after a change', { sinceChangeMs: 29_999 }, 2_000],
      ['every five seconds from half a minute after a change', { sinceChangeMs: 30_000 }, 5_000],
      ['every five seconds for two minutes after a change', { sinceChangeMs: 119_999 }, 5_000],
      ['every ten seconds once it runs steadily', { sinceChangeMs: 120_000 }, 10_000],
      ['every two seconds when it shall stop', { task: { ...RUNNING, desiredStatus: 'STOPPED' } }, 2_000],
      ['every two seconds while it deactivates', { task: { ...RUNNING, lastStatus: 'DEACTIVATING' } }, 2_000],
      ['every two seconds while it stops', { task: { ...RUNNING, lastStatus: 'STOPPING' } }, 2_000],
      ['every two seconds while it deprovisions', { task: { ...RUNNING, lastStatus: 'DEPROVISIONING' } }, 2_000],
    ] as const) {
      it(`describes a task ${title}`, () => {
        expect(pauseMs(facts)).to.equal(expected);
      });
    }
  });

  describe('with events', () => {
    for (const [title, facts, expected] of [
      ['every two seconds until it is visible, for a minute', { task: null, ageMs: 59_999 }, 2_000],
      ['every ten seconds when it is still not visible', { task: null, ageMs: 60_000 }, 10_000],
      ['every ten seconds when it became visible', { ageMs: 59_999 }, 10_000],
      ['every ten seconds in the first two minutes', { ageMs: 119_999 }, 10_000],
      ['every minute from two minutes on', { ageMs: 120_000 }, 60_000],
      ['every ten seconds when it shall stop', { task: { ...RUNNING, desiredStatus: 'STOPPED' } }, 10_000],
    ] as const) {
      it(`describes a task ${title}`, () => {
        expect(pauseMs({ ...facts, eventsProveAlive: true })).to.equal(expected);
      });
    }
  });

  it('stays below ten calls per second, each for a hundred tasks', () => {
    expect(pauseMs({ ageMs: 0, watchedTasks: 5_000 })).to.equal(5_000);
    expect(pauseMs({ ageMs: 0, watchedTasks: 7_000 })).to.equal(7_000);
    expect(pauseMs({ watchedTasks: 5_000 })).to.equal(10_000);
    expect(pauseMs({ watchedTasks: 20_000 })).to.equal(20_000);
  });

  it('describes a changing task every four seconds if that takes two calls, and every five if it takes more', () => {
    const changing = [100, 101, 200, 201, 1_000].map((watchedTasks) => pauseMs({ ageMs: 0, watchedTasks }));
    expect(changing).to.deep.equal([1_000, 4_000, 4_000, 5_000, 5_000]);
    const ending = { task: { ...RUNNING, desiredStatus: 'STOPPED' }, isStopping: true };
    expect([100, 300].map((watchedTasks) => pauseMs({ ...ending, watchedTasks }))).to.deep.equal([2_000, 5_000]);
    expect(pauseMs({ task: null, ageMs: 0, watchedTasks: 300, eventsProveAlive: true })).to.equal(5_000);
  });
});

describe('isGone', () => {
  const gone = (facts: Partial<MissingFacts>) =>
    isGone({ launchedAgoMs: null, seenAgoMs: null, missingForMs: 60_000, looks: 3, ...facts });

  it('needs three calls without the task, over a minute', () => {
    expect(gone({})).to.equal(true);
    expect(gone({ looks: 2 })).to.equal(false);
    expect(gone({ missingForMs: 59_999 })).to.equal(false);
  });

  it('allows a task of this process ten minutes to become visible', () => {
    expect(gone({ launchedAgoMs: 599_999 })).to.equal(false);
    expect(gone({ launchedAgoMs: 600_000 })).to.equal(true);
  });

  it('treats a seen task as gone after ten minutes without it', () => {
    expect(gone({ seenAgoMs: 600_000, missingForMs: 599_999 })).to.equal(false);
    expect(gone({ seenAgoMs: 600_000, missingForMs: 600_000 })).to.equal(true);
    expect(gone({ seenAgoMs: 600_000, missingForMs: 599_999, launchedAgoMs: 3_600_000 })).to.equal(false);
  });

  it('treats a task that was last seen before ECS forgets stopped tasks as gone', () => {
    expect(gone({ seenAgoMs: 55 * 60_000 })).to.equal(false);
    expect(gone({ seenAgoMs: 55 * 60_000 + 1 })).to.equal(true);
  });
});
