import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import {
  RETAINED_STATE_TYPES,
  type RetainedStateType,
} from '../../../../src/orchestrators/embedded/pools/retention.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const HOUR_MS = 3_600_000;

describe('what is kept of ended runs', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
  });
  afterEach(() => bench.dispose());

  const add = (name: string, type: RetainedStateType = 'COMPLETED', workPoolName = 'mine'): void => {
    const { id } = pool.runs.create(newRun({ name, workPoolName }));
    pool.runs.propose(id, { type, force: true });
  };
  /** Names of the runs beyond the limits of a pool, of one state, the oldest first. */
  const beyond = (type: RetainedStateType = 'COMPLETED', poolName = 'mine', most = 1000): readonly string[] => {
    const [limit] = pool.retention.limits(poolName).filter(({ stateType }) => stateType === type);
    if (limit === undefined) throw new Error(`no limit of ${type}`);
    return pool.retention.beyond(limit, most).map((id) => pool.runs.read(id).name);
  };

  it('is a month or three, and a hundred thousand runs of each state, by default', () => {
    const month = { maxAgeSeconds: 2_592_000, maxRuns: 100_000 };
    const quarter = { maxAgeSeconds: 7_776_000, maxRuns: 100_000 };

    expect(pool.retention.read('mine')).to.deep.equal({
      COMPLETED: month,
      CANCELLED: month,
      FAILED: quarter,
      CRASHED: quarter,
    });
    expect(pool.retention.readOwn('mine')).to.deep.equal({});
  });

  it('can be set for some states of one pool, age and number separately', () => {
    pool.retention.set('mine', ['FAILED', 'CRASHED'], { maxRuns: 5 });
    const answer = pool.retention.set('mine', ['FAILED'], { maxAgeSeconds: 60 });

    expect(pool.retention.readOwn('mine')).to.deep.equal({
      FAILED: { maxAgeSeconds: 60, maxRuns: 5 },
      CRASHED: { maxAgeSeconds: 7_776_000, maxRuns: 5 },
    });
    expect(answer).to.deep.equal(pool.retention.read('mine'));
    expect(answer.COMPLETED.maxRuns).to.equal(100_000);
    expect(pool.retention.readOwn('other')).to.deep.equal({});
  });

  it('is configured once per pool and state', () => {
    const limits = pool.retention.limits(null);
    const ids = pool.pools.list().map(({ id }) => id);

    expect(limits.map(({ poolId, stateType }) => `${poolId} ${stateType}`)).to.deep.equal(
      ids.flatMap((id) => RETAINED_STATE_TYPES.map((type) => `${id} ${type}`)),
    );
    expect(pool.retention.limits('other')).to.deep.equal(limits.slice(4));
    expect(limits[0]).to.deep.include({ endedBeforeMs: bench.nowMs - 2_592_000_000, maxRuns: 100_000 });
  });

  it('keeps every run up to its age, to the millisecond', async () => {
    pool.retention.set('mine', RETAINED_STATE_TYPES, { maxAgeSeconds: 0.0015 });
    for (const type of RETAINED_STATE_TYPES) add(type, type);
    add('elsewhere', 'COMPLETED', 'other');
    await bench.clock.advance(1);
    expect(RETAINED_STATE_TYPES.flatMap((type) => beyond(type))).to.deep.equal([]);
    await bench.clock.advance(1);

    expect(RETAINED_STATE_TYPES.map((type) => beyond(type))).to.deep.equal(RETAINED_STATE_TYPES.map((type) => [type]));
    expect(beyond('COMPLETED', 'other')).to.deep.equal([]);
  });

  it('keeps a number of most recent runs, but none that ended in the same millisecond as an excess one', async () => {
    for (const names of [['a'], ['b', 'c'], ['d']]) {
      for (const name of names) add(name);
      await bench.clock.advance(1);
    }
    const kept = (maxRuns: number): readonly string[] => {
      pool.retention.set('mine', ['COMPLETED'], { maxAgeSeconds: null, maxRuns });
      const gone = beyond();
      return ['a', 'b', 'c', 'd'].filter((name) => !gone.includes(name));
    };

    expect([0, 1, 2, 3, 4, Number.MAX_SAFE_INTEGER].map(kept)).to.deep.equal([
      [],
      ['d'],
      ['d'],
      ['b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ]);
  });

  it('keeps only runs within both age and number', async () => {
    for (const name of ['a', 'b', 'c']) {
      add(name);
      await bench.clock.advance(1000);
    }
    pool.retention.set('mine', ['COMPLETED'], { maxAgeSeconds: 2.5, maxRuns: 3 });
    expect(beyond()).to.deep.equal(['a']);
    pool.retention.set('mine', ['COMPLETED'], { maxAgeSeconds: 2.5, maxRuns: 1 });
    expect(beyond()).to.deep.equal(['a', 'b']);
    expect(beyond('COMPLETED', 'mine', 1)).to.deep.equal(['a']);
    pool.retention.set('mine', ['COMPLETED'], { maxAgeSeconds: null, maxRuns: null });
    expect(beyond()).to.deep.equal([]);
  });

  for (const [rule, problems] of [
    [{ maxAgeSeconds: 0 }, ['an age must be above 0 s (found: 0)']],
    [{ maxRuns: -1 }, ['a number of runs must be 0 or more (found: -1)']],
    [{ maxRuns: 1.5 }, ['a number of runs must be 0 or more (found: 1.5)']],
    [
      { maxAgeSeconds: -1, maxRuns: -2 },
      ['an age must be above 0 s (found: -1)', 'a number of runs must be 0 or more (found: -2)'],
    ],
  ] as const)
    it(`is rejected as ${JSON.stringify(rule)}`, () => {
      const error = thrownBy(() => pool.retention.set('mine', ['FAILED'], rule));

      expect(error).to.deep.include({ code: 'POOL_INPUT_INVALID', problems });
      expect(pool.retention.readOwn('mine')).to.deep.equal({});
    });

  describe('is applied by workers', () => {
    const left = (): number => Number(pool.database.get('SELECT count(*) AS n FROM flow_runs')?.n);
    const addMany = (runs: number): void =>
      pool.database.write(() => {
        for (let at = 0; at < runs; at += 1) add(`${at}`);
      });

    it('a thousand runs per heartbeat, the rest in the next one, and then hourly', async () => {
      pool.retention.set('mine', ['COMPLETED'], { maxRuns: 0 });
      addMany(1001);
      pool.pruning.tick();
      expect(left()).to.equal(1);
      pool.pruning.tick();
      expect(left()).to.equal(0);
      addMany(1);
      await bench.clock.advance(HOUR_MS - 1);
      pool.pruning.tick();
      expect(left()).to.equal(1);
      await bench.clock.advance(1);

      pool.pruning.tick();

      expect(left()).to.equal(0);
    });

    it('immediately if the clock was set back by more than an hour', () => {
      pool.pruning.tick();
      pool.retention.set('mine', ['COMPLETED'], { maxRuns: 0 });
      addMany(1);
      pool.pruning.tick();
      expect(left()).to.equal(1);
      bench.clock.set(-1);

      pool.pruning.tick();

      expect(left()).to.equal(0);
    });

    it('two hundred runs per batch, the oldest first, and returns how many', async () => {
      pool.retention.set('mine', ['COMPLETED'], { maxRuns: 0 });
      pool.retention.set('other', ['FAILED'], { maxRuns: 0 });
      addMany(200);
      await bench.clock.advance(1);
      add('newest');
      add('elsewhere', 'FAILED', 'other');
      const limits = pool.retention.limits(null);
      expect(pool.pruning.count(limits)).to.equal(202);

      const rounds = [1, 2, 3, 4].map(() => pool.pruning.pruneBatch(limits));

      expect(rounds).to.deep.equal([200, 1, 1, 0]);
      expect(pool.pruning.count(limits)).to.equal(0);
    });

    it('without a sync of the disk for each batch', () => {
      pool.retention.set('mine', ['COMPLETED'], { maxRuns: 0 });
      addMany(1);
      expect(pool.database.get('PRAGMA synchronous')?.synchronous).to.equal(2);

      pool.pruning.tick();

      expect(pool.database.get('PRAGMA synchronous')?.synchronous).to.equal(1);
    });
  });
});
