import { expect } from 'chai';
import type { LaunchErrorClass } from '../../src/aws/launch-errors/launch-error-row.js';
import { nextLaunchDelaySeconds } from '../../src/task-run/launch-policy.js';

const LIMITS = {
  launchMaxAttempts: 3,
  launchMinDelaySeconds: 1,
  launchMinJitterSeconds: 0,
  launchMaxJitterSeconds: 3,
  launchPatienceSeconds: 600,
  capacityWaitSeconds: 1_800,
};

/** Seconds before the next attempt. */
function delayOf(
  errorClass: LaunchErrorClass,
  history: Partial<Parameters<typeof nextLaunchDelaySeconds>[1]> = {},
  limits: Partial<typeof LIMITS> = {},
  random = 0.5,
): number | null {
  const met = { tries: 1, triesOfClass: 1, classLastsSeconds: 0, ...history };
  return nextLaunchDelaySeconds(errorClass, met, { ...LIMITS, ...limits }, random);
}

describe('nextLaunchDelaySeconds', () => {
  it('gives up only after all attempts and the time limit of a class', () => {
    const patience: readonly (readonly [LaunchErrorClass, number])[] = [
      ['capacity', 1_800],
      ['throttle', 600],
      ['maybe-committed', 600],
      ['settling', 60],
      ['definition-gone', 60],
      ['already-launched', 60],
    ];
    for (const [errorClass, seconds] of patience) {
      expect(delayOf(errorClass, { tries: 3, classLastsSeconds: seconds }), errorClass).to.equal(null);
      expect(delayOf(errorClass, { tries: 3, classLastsSeconds: seconds - 0.001 }), errorClass).to.be.a('number');
      expect(delayOf(errorClass, { tries: 2, classLastsSeconds: seconds }), errorClass).to.be.a('number');
    }
  });

  it("waits no longer for AWS's consistency than configured", () => {
    const limits = { launchPatienceSeconds: 20 };

    expect(delayOf('settling', { tries: 3, classLastsSeconds: 20 }, limits)).to.equal(null);
    expect(delayOf('settling', { tries: 3, classLastsSeconds: 19 }, limits)).to.be.a('number');
  });

  it('gives up on permanent errors immediately, and on credentials after the attempts', () => {
    expect(delayOf('permanent')).to.equal(null);
    expect(delayOf('not-ready', { tries: 2 })).to.be.a('number');
    expect(delayOf('not-ready', { tries: 3 })).to.equal(null);
  });

  it('adds jitter within its limits to the minimum delay', () => {
    const jitter = { launchMinDelaySeconds: 2, launchMinJitterSeconds: 1, launchMaxJitterSeconds: 5 };

    expect([0, 0.5, 1].map((random) => delayOf('throttle', {}, jitter, random))).to.deep.equal([3, 5, 7]);
    expect(delayOf('throttle', {}, { ...jitter, launchMaxJitterSeconds: 0 }, 1)).to.equal(3);
  });

  it('doubles the delay with each attempt of the class, up to half a minute', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((triesOfClass) => delayOf('throttle', { triesOfClass }, {}, 0));

    expect(delays).to.deep.equal([1, 2, 4, 8, 16, 30]);
    expect(delayOf('throttle', { triesOfClass: 0 }, {}, 0)).to.equal(1);
  });

  it('doubles nothing if retries are disabled', () => {
    expect(delayOf('not-ready', { triesOfClass: 2 }, {}, 0)).to.equal(1);
    expect(delayOf('throttle', { triesOfClass: 2 }, { launchPatienceSeconds: 0 }, 0)).to.equal(1);
    expect(delayOf('capacity', { triesOfClass: 2 }, { capacityWaitSeconds: 0 }, 0)).to.equal(1);
  });

  it('waits for capacity from five seconds to a minute, with a jitter of a quarter', () => {
    const delays = (random: number) =>
      [1, 2, 3, 4, 5].map((triesOfClass) => delayOf('capacity', { triesOfClass }, {}, random));

    expect(delays(0)).to.deep.equal([3.75, 7.5, 15, 30, 60]);
    expect(delays(0.5)).to.deep.equal([5, 10, 20, 40, 60]);
    expect(delays(1)).to.deep.equal([6.25, 12.5, 25, 50, 60]);
  });

  it('waits for capacity at least the configured delay', () => {
    expect(delayOf('capacity', {}, { launchMinDelaySeconds: 20 }, 0)).to.equal(20);
    expect(delayOf('capacity', {}, { launchMinDelaySeconds: 90 }, 0)).to.equal(60);
  });
});
