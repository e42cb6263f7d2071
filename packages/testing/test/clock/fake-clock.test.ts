import { expect } from 'chai';
import { FakeClock, settle } from '../../src/clock/fake-clock.js';

describe('FakeClock', () => {
  it('ends sleeps in order, each at its own time', async () => {
    const clock = new FakeClock({ nowMs: 1000 });
    const woken: string[] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name}@${clock.nowMs()}`);
    };
    const all = Promise.all([sleep('late', 30), sleep('early', 10)]);
    expect(clock.pendingSleeps.map(({ endsAtMs }) => endsAtMs)).to.deep.equal([1010, 1030]);
    await clock.advance(29);
    expect(woken).to.deep.equal(['early@1010']);
    await clock.advance(1);
    await all;
    expect(woken).to.deep.equal(['early@1010', 'late@1030']);
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('ends a sleep that starts within the same advance', async () => {
    const clock = new FakeClock({ nowMs: 0 });
    const ticks: number[] = [];
    const loop = (async () => {
      while (ticks.length < 3) {
        await clock.sleep(10);
        ticks.push(clock.nowMs());
      }
    })();
    await clock.advance(35);
    await loop;
    expect(ticks).to.deep.equal([10, 20, 30]);
    expect(clock.nowMs()).to.equal(35);
  });

  it('rejects a sleep with the reason of its signal, aborted before or during', async () => {
    const clock = new FakeClock();
    const reason = new Error('enough');
    const controller = new AbortController();
    const during = clock.sleep(5, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await during).to.equal(reason);
    expect(await clock.sleep(5, controller.signal).catch((error: unknown) => error)).to.equal(reason);
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('does not advance by itself', async () => {
    const clock = new FakeClock();
    const before = clock.nowMs();
    await settle();
    expect(clock.nowMs()).to.equal(before);
    expect(clock.random()).to.equal(0.5);
  });

  it('does not run backwards', async () => {
    const failure = await new FakeClock().advance(-1).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RangeError);
  });

  it('advances until a promise settles, and reports a promise that nothing settles', async () => {
    const clock = new FakeClock({ nowMs: 0 });

    expect(await clock.run(clock.sleep(86_400_000).then(() => clock.nowMs()))).to.equal(86_400_000);
    expect(String(await clock.run(new Promise(() => {})).catch((error: unknown) => error))).to.include(
      'No sleep is pending',
    );
    const endless = (async () => {
      for (;;) await clock.sleep(3_600_000);
    })();
    expect(String(await clock.run(endless).catch((error: unknown) => error))).to.include('has not settled within');
  });

  it('measures durations evenly when its wall clock is set', async () => {
    const clock = new FakeClock({ nowMs: 1000 });
    const before = clock.monotonicMs();
    clock.set(-500);
    await clock.advance(30);

    expect(clock.nowMs()).to.equal(530);
    expect(clock.monotonicMs() - before).to.equal(30);
  });
});
