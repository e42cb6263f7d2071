import { expect } from 'chai';
import { withDeadline } from '../../../../src/orchestrators/prefect/orchestration/with-deadline.js';
import { ManualClock } from '../support/manual-clock.js';

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

/** An operation that a test ends, and that keeps its signal. */
function anOperation() {
  let end: (value: string) => void = () => {};
  const signals: AbortSignal[] = [];
  const operation = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string>((resolve) => {
      end = resolve;
    });
  };
  return { operation, signals, end: (value: string) => end(value) };
}

describe('withDeadline', () => {
  it("returns the operation's result, and leaves no timer and no listener", async () => {
    const clock = new ManualClock();
    const outer = new AbortController();
    let listeners = 0;
    const { signal } = outer;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...words: Parameters<typeof add>) => {
      listeners += 1;
      add(...words);
    };
    signal.removeEventListener = (...words: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...words);
    };

    expect(await withDeadline(clock, 1_000, signal, async () => 'done')).to.equal('done');

    expect(listeners).to.equal(0);
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('rejects at the deadline, and aborts the operation', async () => {
    const clock = new ManualClock();
    const { operation, signals } = anOperation();
    const failure = failureOf(withDeadline(clock, 1_000, undefined, operation));
    await clock.advance(999);
    expect(signals[0]?.aborted).to.equal(false);
    await clock.advance(1);

    expect(String(await failure)).to.equal('DeadlineError: no response within 1000 ms');
    expect(signals[0]?.aborted).to.equal(true);
  });

  it("rejects with the outer signal's reason, and does not start if it is already aborted", async () => {
    const clock = new ManualClock();
    const reason = new Error('stopping');
    const outer = new AbortController();
    const { operation, signals } = anOperation();
    const failure = failureOf(withDeadline(clock, 1_000, outer.signal, operation));

    outer.abort(reason);

    expect(await failure).to.equal(reason);
    expect(signals[0]?.reason).to.equal(reason);
    expect(await failureOf(withDeadline(clock, 1_000, outer.signal, operation))).to.equal(reason);
    expect(signals).to.have.length(1);
  });
});
