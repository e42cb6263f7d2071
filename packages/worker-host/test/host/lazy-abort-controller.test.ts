import { expect } from 'chai';
import { LazyAbortController } from '../../src/host/lazy-abort-controller.js';

describe('a lazy abort controller', () => {
  it('aborts the signal that was read before, and the one that is read later', () => {
    const [early, late] = [new LazyAbortController(), new LazyAbortController()];
    const { signal } = early;
    expect([signal.aborted, early.aborted]).to.deep.equal([false, false]);
    const reason = new Error('over');

    for (const each of [early, late]) each.abort(reason);

    expect(early.signal).to.equal(signal);
    for (const each of [early, late])
      expect([each.aborted, each.reason, each.signal.aborted, each.signal.reason]).to.deep.equal([
        true,
        reason,
        true,
        reason,
      ]);
  });

  it('keeps the reason of the first call', () => {
    const control = new LazyAbortController();
    control.abort(new Error('first'));
    control.abort(new Error('second'));
    expect([control.reason, control.signal.reason].map(String)).to.deep.equal(['Error: first', 'Error: first']);
  });

  it('throws its reason when it is aborted', () => {
    const control = new LazyAbortController();
    control.throwIfAborted();
    control.abort(new Error('over'));
    expect(() => control.throwIfAborted()).to.throw('over');
  });
});
