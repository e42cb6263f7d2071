import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import { drainRuns } from '../../src/host/drain.js';
import type { ActiveRuns } from '../../src/host/run/active-runs.js';

const NEVER = new AbortController().signal;

function deferred() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

function create() {
  const clock = new FakeClock();
  const [handedOver, finished] = [deferred(), deferred()];
  const runs = {
    allHandedOver: () => handedOver.promise,
    allFinished: () => finished.promise,
  } as unknown as ActiveRuns;
  const drain = (mode: 'leave' | 'await', deadlineSeconds: number | null = null, signal = NEVER) => {
    const state = { isOver: false };
    void drainRuns(runs, mode, { clock, deadlineSeconds, signal }).then(() => {
      state.isOver = true;
    });
    return state;
  };
  return { clock, handedOver, finished, drain };
}

describe('a drain', () => {
  it("with 'leave' ends when the runs can be released", async () => {
    const { clock, drain, handedOver } = create();
    const state = drain('leave');
    await clock.advance(4999);
    expect(state.isOver).to.equal(false);

    handedOver.resolve();
    await clock.advance(0);

    expect(state.isOver).to.equal(true);
  });

  it("with 'leave' ends after five seconds, unless there is another deadline", async () => {
    const { clock, drain } = create();
    const [state, longer] = [drain('leave'), drain('leave', 7)];

    await clock.advance(5000);
    expect([state.isOver, longer.isOver]).to.deep.equal([true, false]);
    await clock.advance(2000);

    expect(longer.isOver).to.equal(true);
  });

  it("with 'await' ends when the runs have ended, however long that takes", async () => {
    const { clock, drain, handedOver, finished } = create();
    const state = drain('await');
    handedOver.resolve();
    await clock.advance(86_400_000);
    expect(state.isOver).to.equal(false);

    finished.resolve();
    await clock.advance(0);

    expect(state.isOver).to.equal(true);
  });

  it("with 'await' ends at its deadline, and at its signal", async () => {
    const { clock, drain } = create();
    const control = new AbortController();
    const [limited, stopped] = [drain('await', 7), drain('await', null, control.signal)];
    await clock.advance(7000);
    expect([limited.isOver, stopped.isOver]).to.deep.equal([true, false]);

    control.abort();
    await clock.advance(0);

    expect(stopped.isOver).to.equal(true);
  });
});
