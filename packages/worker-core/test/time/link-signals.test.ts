import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { linkSignals } from '../../src/time/link-signals.js';

describe('linkSignals', () => {
  it('aborts with the reason of the first signal that is aborted', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const { signal } = linkSignals(first.signal, second.signal);
    expect(signal.aborted).to.equal(false);

    const reason = new Error('second');
    second.abort(reason);
    first.abort(new Error('first'));

    expect(signal.reason).to.equal(reason);
  });

  it('is aborted from the start if one of the signals is', () => {
    const reason = new Error('before');

    const { signal } = linkSignals(new AbortController().signal, AbortSignal.abort(reason));

    expect(signal.reason).to.equal(reason);
  });

  it('leaves no listener behind after disposal, and follows no longer', () => {
    const source = new AbortController();
    const linked = linkSignals(source.signal, new AbortController().signal);

    linked.dispose();
    linked.dispose();
    source.abort();

    expect(getEventListeners(source.signal, 'abort')).to.have.length(0);
    expect(linked.signal.aborted).to.equal(false);
  });

  it('leaves no listener behind on the others when one is aborted', () => {
    const [source, other] = [new AbortController(), new AbortController()];
    linkSignals(source.signal, other.signal);

    source.abort();

    expect(getEventListeners(other.signal, 'abort')).to.have.length(0);
  });

  it('prints no warning about many listeners', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const source = new AbortController();
    const linked = Array.from({ length: 50 }, () => linkSignals(source.signal));
    for (const { signal } of linked)
      for (let each = 0; each < 20; each += 1) signal.addEventListener('abort', () => {});

    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);

    expect(warnings).to.deep.equal([]);
  });
});
