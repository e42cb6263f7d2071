import { expect } from 'chai';
import { systemClock } from '../../src/time/clock.js';

describe('systemClock', () => {
  it("rejects a sleep with the signal's reason, aborted before or during", async () => {
    const reason = new Error('enough');
    expect(await systemClock.sleep(60_000, AbortSignal.abort(reason)).catch((error: unknown) => error)).to.equal(
      reason,
    );
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await sleeping).to.equal(reason);
  });

  it('sleeps longer than the maximum of a Node timer', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    const controller = new AbortController();
    let isAwake = false;
    const sleeping = systemClock.sleep(2 ** 40, controller.signal).then(
      () => {
        isAwake = true;
      },
      () => {},
    );

    await systemClock.sleep(20);
    controller.abort();
    await sleeping;
    process.off('warning', note);

    expect(isAwake).to.equal(false);
    expect(warnings).to.deep.equal([]);
  });

  it('sleeps and wakes', async () => {
    await systemClock.sleep(0);
    await systemClock.sleep(0, new AbortController().signal);
  });

  it('returns random numbers in [0, 1)', () => {
    const chance = systemClock.random();
    expect(chance >= 0 && chance < 1).to.equal(true);
  });
});
