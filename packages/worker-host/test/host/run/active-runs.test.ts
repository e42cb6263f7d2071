import type { JsonObject } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { ActiveRun } from '../../../src/host/run/active-run.js';
import { ActiveRuns } from '../../../src/host/run/active-runs.js';

function deferred() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

function create() {
  const runs = new ActiveRuns();
  const add = (id: string, launchPlace: JsonObject | null = null) => {
    const [handedOver, finished] = [deferred(), deferred()];
    const run = { id, launchPlace, handedOver: handedOver.promise, finished: finished.promise } as unknown as ActiveRun;
    runs.add(run);
    return {
      run,
      handOver: handedOver.resolve,
      finish: () => {
        runs.remove(run, true);
        finished.resolve();
      },
    };
  };
  const stateOf = (promise: Promise<void>) => {
    const state = { isOver: false };
    void promise.then(() => {
      state.isOver = true;
    });
    return state;
  };
  return { runs, add, stateOf };
}

describe('the active runs', () => {
  it('are found by id', () => {
    const { runs, add } = create();
    const { run } = add('a');
    add('b');

    expect([runs.size, runs.has('a'), runs.has('c'), runs.get('c')]).to.deep.equal([2, true, false, undefined]);
    expect([runs.get('a'), runs.all[0]]).to.deep.equal([run, run]);
    runs.remove(run, false);

    expect([runs.size, runs.has('a'), runs.reportedCount]).to.deep.equal([1, false, 0]);
  });

  it('count reported ends', () => {
    const { runs, add } = create();
    runs.remove(add('a').run, true);
    runs.remove(add('b').run, true);
    runs.remove(add('c').run, false);

    expect(runs.reportedCount).to.equal(2);
  });

  it('keep a run that replaced one that ends', () => {
    const { runs, add } = create();
    const earlier = add('a');
    const later = add('a');

    runs.remove(earlier.run, false);

    expect(runs.get('a')).to.equal(later.run);
  });

  it('know where they were launched, and where earlier ones were, each once', () => {
    const { runs, add } = create();
    const gone = add('a', { cluster: 'c' });
    add('b', { cluster: 'd' });
    add('c', { cluster: 'c' });
    add('d');

    runs.remove(gone.run, false);
    runs.remove(add('e', { cluster: 'e' }).run, true);

    expect(runs.launchPlaces).to.have.deep.members([{ cluster: 'c' }, { cluster: 'd' }, { cluster: 'e' }]);
  });

  it('forget all but the last hundred places', () => {
    const { runs, add } = create();
    const use = (at: number): void => runs.remove(add(`run-${at}`, { at }).run, true);
    for (let at = 0; at < 100; at += 1) use(at);
    use(0);
    use(100);

    expect(runs.launchPlaces).to.have.length(100);
    expect(runs.launchPlaces).to.deep.include({ at: 0 });
    expect(runs.launchPlaces).to.not.deep.include({ at: 1 });
  });

  it('have finished when the last of them has, including those added meanwhile', async () => {
    const { runs, add, stateOf } = create();
    const first = add('a');
    const state = stateOf(runs.allFinished());
    const second = add('b');
    first.finish();
    await settle();
    expect(state.isOver).to.equal(false);

    second.finish();
    await settle();

    expect(state.isOver).to.equal(true);
    await runs.allFinished();
  });

  it('can be released when each can be found by others or is finished', async () => {
    const { runs, add, stateOf } = create();
    const [first, second] = [add('a'), add('b')];
    const state = stateOf(runs.allHandedOver());
    first.handOver();
    await settle();
    expect(state.isOver).to.equal(false);

    second.finish();
    await settle();

    expect(state.isOver).to.equal(true);
  });
});
