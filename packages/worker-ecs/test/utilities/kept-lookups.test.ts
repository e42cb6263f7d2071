import { expect } from 'chai';
import { KeptLookups } from '../../src/utilities/kept-lookups.js';
import { FakeClock } from '../support/fake-clock.js';

function createSubject(most = 2) {
  const clock = new FakeClock();
  const lookups = new KeptLookups<number>(clock, { freshMs: 100, keptMs: 1000, most });
  let looks = 0;
  let failure: Error | null = null;
  const look = async () => {
    looks += 1;
    const number = looks;
    await clock.sleep(10);
    if (failure) throw failure;
    return number;
  };
  const get = (key = 'a') => clock.run(lookups.get(key, look));
  const fail = (error: Error | null) => {
    failure = error;
  };
  return { clock, lookups, look, get, fail, looks: () => looks };
}

describe('KeptLookups', () => {
  it('looks up once for concurrent callers, and while the value is fresh', async () => {
    const { clock, lookups, look, get, looks } = createSubject();

    const both = Promise.all([lookups.get('a', look), lookups.get('a', look)]);

    expect(await clock.run(both)).to.deep.equal([1, 1]);
    expect(await get()).to.equal(1);
    expect(looks()).to.equal(1);
  });

  it('returns an aged value immediately and refreshes it for later callers', async () => {
    const { clock, get, looks } = createSubject();
    await get();
    await clock.advance(200);
    const beforeMs = clock.nowMs();

    expect(await get()).to.equal(1);
    expect(clock.nowMs()).to.equal(beforeMs);
    await clock.advance(20);
    expect(await get()).to.equal(2);
    expect(looks()).to.equal(2);
  });

  it('keeps an aged value while lookups fail, but not forever', async () => {
    const { clock, get, fail } = createSubject();
    await get();
    fail(new Error('no'));
    await clock.advance(500);
    expect(await get()).to.equal(1);
    await clock.advance(600);

    expect(String(await get().catch((error: unknown) => error))).to.include('no');
  });

  it('caches no failure', async () => {
    const { get, fail } = createSubject();
    fail(new Error('no'));
    await get().catch(() => {});
    fail(null);

    expect(await get()).to.equal(2);
  });

  it('evicts the oldest beyond its capacity', async () => {
    const { get, looks } = createSubject(2);
    for (const key of ['a', 'b', 'c', 'b', 'a']) await get(key);

    expect(looks()).to.equal(4);
  });
});
