import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { LazySignal } from '../../src/host/lazy-signal.js';

async function outcomeOf(promise: Promise<void>): Promise<string> {
  let outcome = 'pending';
  promise.then(
    () => {
      outcome = 'resolved';
    },
    (error: Error) => {
      outcome = error.message;
    },
  );
  await settle();
  return outcome;
}

describe('a lazy signal', () => {
  it('is pending until it resolves, for a promise that was read before and for one that is read later', async () => {
    const signal = new LazySignal();
    const before = signal.promise;
    expect(await outcomeOf(before)).to.equal('pending');

    signal.resolve();

    expect([await outcomeOf(before), await outcomeOf(signal.promise)]).to.deep.equal(['resolved', 'resolved']);
    expect(await outcomeOf(new LazySignal().promise)).to.equal('pending');
  });

  it('resolves a promise that is first read afterwards', async () => {
    const signal = new LazySignal();
    signal.resolve();
    expect(await outcomeOf(signal.promise)).to.equal('resolved');
  });

  it('rejects with its reason, also a promise that is first read afterwards', async () => {
    const [early, late] = [new LazySignal(), new LazySignal()];
    const before = early.promise;
    for (const each of [early, late]) each.reject(new Error('released'));

    expect([await outcomeOf(before), await outcomeOf(late.promise)]).to.deep.equal(['released', 'released']);
  });

  it('keeps its first outcome', async () => {
    const [resolved, rejected] = [new LazySignal(), new LazySignal()];
    resolved.resolve();
    resolved.reject(new Error('late'));
    rejected.reject(new Error('first'));
    rejected.resolve();

    expect([await outcomeOf(resolved.promise), await outcomeOf(rejected.promise)]).to.deep.equal(['resolved', 'first']);
  });

  it('gives every reader the same promise', () => {
    const signal = new LazySignal();
    expect(signal.promise).to.equal(signal.promise);
  });
});
