import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import type { OnLimit } from '../../../../src/orchestrators/embedded/limits/limit-types.js';
import { newRun, PoolBench, type TestWorker, thrownBy } from '../support/pool-bench.js';

describe('what becomes of runs that are due while a limit is full', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const ids = new Map<string, string>();
  const idOf = (name: string): string => ids.get(name) ?? '';
  const add = (name: string, { inMs = 0, key = 'db' } = {}): void => {
    const { id } = pool.runs.create(
      newRun({ name, scheduledForMs: bench.nowMs + inMs, concurrency: { key, rule: null } }),
    );
    ids.set(name, id);
  };
  const begin = (name: string): void => {
    add(name);
    expect(worker.claim(idOf(name)).refusal).to.equal(null);
  };
  const statesOf = (names: string): string =>
    [...names].map((name) => pool.runs.read(idOf(name)).stateName?.slice(0, 4)).join(' ');
  const setLimit = (most: number, onLimit: OnLimit): void => pool.limits.set('db', { most, onLimit, rate: null });

  it('they wait, where nothing else is said', () => {
    setLimit(1, 'queue');
    begin('a');
    for (const name of 'bc') add(name);

    expect(pool.upkeep.apply()).to.equal(false);
    expect(statesOf('abc')).to.equal('Pend Sche Sche');
  });

  it('they are skipped, all that are due, and only while no slot is free', async () => {
    setLimit(2, 'skip');
    begin('a');
    for (const name of 'bc') add(name);
    add('d', { inMs: 1000 });
    expect(pool.upkeep.apply()).to.equal(false);
    expect(statesOf('bcd')).to.equal('Sche Sche Sche');
    worker.claim(idOf('b'));

    expect(pool.upkeep.apply()).to.equal(true);
    expect(statesOf('abcd')).to.equal('Pend Pend Skip Sche');
    await bench.clock.advance(1000);
    expect(pool.upkeep.apply()).to.equal(true);
    expect(statesOf('abcd')).to.equal('Pend Pend Skip Skip');
    expect(pool.upkeep.apply()).to.equal(false);
  });

  it('the newest replace those that were due before them, as many as there are free slots, one at least', () => {
    setLimit(3, 'replace');
    begin('a');
    for (const name of 'bc') add(name);
    expect(pool.upkeep.apply()).to.equal(false);
    add('d');
    add('f', { inMs: 1000 });

    expect(pool.upkeep.apply()).to.equal(true);
    expect(statesOf('abcdf')).to.equal('Pend Repl Sche Sche Sche');
    worker.claim(idOf('c'));
    worker.claim(idOf('d'));
    for (const name of 'gh') add(name);
    expect(pool.upkeep.apply()).to.equal(true);
    expect(statesOf('acdfgh')).to.equal('Pend Pend Pend Sche Repl Sche');
    expect(pool.upkeep.apply()).to.equal(false);
    expect(pool.runs.read(idOf('g')).state?.message).to.equal(
      "Replaced: a later run of concurrency key 'db' takes its place",
    );
  });

  it('as many of the oldest active ones are cancelled as the newest lack slots', () => {
    setLimit(2, 'cancel-oldest');
    for (const name of 'ab') begin(name);
    for (const name of 'cde') add(name);

    expect(pool.upkeep.apply()).to.equal(true);
    expect(statesOf('abcde')).to.equal('Canc Canc Repl Sche Sche');
    expect(pool.runs.read(idOf('a')).state).to.include({
      type: 'CANCELLING',
      message: "Cancelled: a later run of concurrency key 'db' takes its place",
    });
    pool.runs.propose(idOf('a'), { type: 'CANCELLED' });
    worker.claim(idOf('d'));
    pool.upkeep.apply();
    expect(statesOf('bde')).to.equal('Canc Pend Sche');
  });

  it('one active run is cancelled for one that is due, once, and none while a slot is free', () => {
    setLimit(3, 'cancel-oldest');
    for (const name of 'ab') begin(name);
    add('c');
    expect(pool.upkeep.apply()).to.equal(false);
    worker.claim(idOf('c'));
    add('d');

    for (let round = 0; round < 3; round += 1) pool.upkeep.apply();

    expect(statesOf('abcd')).to.equal('Canc Pend Pend Sche');
    expect(pool.runs.read(idOf('a')).stateType).to.equal('CANCELLING');
    add('e');
    pool.upkeep.apply();
    expect(statesOf('abcde')).to.equal('Canc Canc Pend Sche Sche');
  });

  it('no more are cancelled than the newest lack beyond the free slots', () => {
    setLimit(3, 'cancel-oldest');
    for (const name of 'ab') begin(name);
    for (const name of 'cd') add(name);

    expect(pool.upkeep.apply()).to.equal(true);
    expect(['a', 'b', 'c', 'd'].map((name) => pool.runs.read(idOf(name)).stateType)).to.deep.equal([
      'CANCELLING',
      'PENDING',
      'SCHEDULED',
      'SCHEDULED',
    ]);
  });

  it('the oldest is the one that was due first, not the one that was made or began first', () => {
    setLimit(2, 'cancel-oldest');
    add('late', { inMs: 0 });
    add('early', { inMs: -60_000 });
    for (const name of ['late', 'early']) worker.claim(idOf(name));
    add('next');

    pool.upkeep.apply();

    expect(['late', 'early', 'next'].map((name) => pool.runs.read(idOf(name)).stateType)).to.deep.equal([
      'PENDING',
      'CANCELLING',
      'SCHEDULED',
    ]);
  });

  it('runs of other keys, and runs without one, are left alone', () => {
    setLimit(1, 'skip');
    pool.limits.set('free', { most: 1, onLimit: 'skip', rate: null });
    begin('a');
    add('b', { key: 'free' });
    add('c');
    const plain = pool.runs.create(newRun()).id;

    pool.upkeep.apply();

    expect(statesOf('abc')).to.equal('Pend Sche Skip');
    expect(pool.runs.read(plain).stateType).to.equal('SCHEDULED');
  });
});

describe('how many runs of a key may begin', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const add = (key = 'db', rule: { most: number; onLimit: OnLimit } | null = null): string =>
    pool.runs.create(newRun({ concurrency: { key, rule } })).id;
  const contended = () => pool.limits.contended().map(({ name, active, free }) => ({ name, active, free }));

  it('is what is free of the number and of the rate, whichever is less, and never below none', async () => {
    pool.limits.set('db', { most: 3, onLimit: 'queue', rate: { runs: 2, perSeconds: 60 } });
    const [first, second, third] = [add(), add(), add()];
    const name = "concurrency key 'db'";
    expect(contended()).to.deep.equal([{ name, active: 0, free: 2 }]);
    worker.claim(first);
    await bench.clock.advance(59_999);
    expect(contended()).to.deep.equal([{ name, active: 1, free: 1 }]);
    await bench.clock.advance(1);
    expect(contended()).to.deep.equal([{ name, active: 1, free: 2 }]);
    worker.claim(second);
    pool.limits.set('db', { most: 1, onLimit: 'queue', rate: null });
    expect(contended()).to.deep.equal([{ name, active: 2, free: 0 }]);
    pool.runs.propose(third, { type: 'CANCELLED' });
    expect(contended()).to.deep.equal([]);
  });

  it('counts the rate of each key by itself', () => {
    for (const key of ['db', 'api'])
      pool.limits.set(key, { most: null, onLimit: 'queue', rate: { runs: 1, perSeconds: 60 } });
    worker.claim(add('db'));
    const [second, other] = [add('db'), add('api')];

    expect(worker.claim(second).refusal).to.equal("concurrency key 'db' is at its limit");
    expect(worker.claim(other).refusal).to.equal(null);
  });

  it('is one where a run names a key that nobody has set, and stays what was set otherwise', () => {
    add('db');
    expect(pool.limits.list()[0]).to.deep.include({ key: 'db', most: 1, onLimit: 'queue', rate: null, waitingRuns: 1 });
    pool.limits.set('db', { most: 4, onLimit: 'skip', rate: { runs: 9, perSeconds: 0.5 } });
    add('db');
    expect(pool.limits.list()[0]).to.deep.include({ most: 4, onLimit: 'skip', rate: { runs: 9, perSeconds: 0.5 } });

    add('db', { most: 2, onLimit: 'replace' });

    expect(pool.limits.list()[0]).to.deep.include({
      most: 2,
      onLimit: 'replace',
      rate: { runs: 9, perSeconds: 0.5 },
      waitingRuns: 3,
    });
  });

  it('is not changed by a run whose rule or key does not hold', () => {
    expect(thrownBy(() => add('db', { most: 0, onLimit: 'queue' }))).to.include({ code: 'POOL_INPUT_INVALID' });
    expect(thrownBy(() => add('a key')).message).to.contain('concurrency key');
    expect(pool.limits.list()).to.deep.equal([]);
    expect(pool.runLists.list({ limit: 1 }).runs).to.deep.equal([]);
  });

  it('counts the runs of a deployment that are open when its limit is set, each once', () => {
    const deploy = (most: number | null): void =>
      void pool.deployments.create({
        name: 'job',
        workPoolName: 'mine',
        workQueueName: null,
        jobVariables: {},
        parameters: {},
        tags: [],
        schedules: [],
        limit: most === null ? null : { most, onLimit: 'queue', rate: null },
      });
    deploy(null);
    const run = (): string => pool.runs.create(newRun({ deploymentName: 'job' })).id;
    const states = ['SCHEDULED', 'PENDING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'FAILED'] as const;
    for (const type of states) {
      const id = run();
      if (type !== 'SCHEDULED') pool.runs.propose(id, { type, force: true });
    }
    const elsewhere = pool.runs.create(newRun()).id;
    deploy(5);
    deploy(4);

    expect(contended()).to.deep.equal([{ name: 'the deployment', active: 3, free: 1 }]);
    expect(pool.database.get('SELECT count(*) AS n FROM flow_run_keys')?.n).to.equal(4);
    expect(pool.limits.list()).to.deep.equal([]);
    expect(worker.claim(elsewhere).refusal).to.equal(null);
    expect(worker.claim(run()).refusal).to.equal(null);
    expect(worker.claim(run()).refusal).to.equal('the deployment is at its limit');
  });
});
