import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import type { LimitRule, OnLimit } from '../../../../src/orchestrators/embedded/limits/limit-types.js';
import type { NewFlowRun } from '../../../../src/orchestrators/embedded/runs/new-flow-runs.js';
import { newRun, PoolBench, type TestWorker, thrownBy } from '../support/pool-bench.js';

describe('limits of runs', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const add = (name: string, change: Partial<NewFlowRun> = {}): string =>
    pool.runs.create(newRun({ name, ...change })).id;
  const addOfKey = (name: string, key = 'db', most: number | null = null, onLimit: OnLimit = 'queue'): string =>
    add(name, { concurrency: { key, rule: most === null ? null : { most, onLimit } } });
  const due = (): readonly string[] => {
    worker.pool.upkeep.apply();
    return worker.pool.due.list('mine', [], bench.nowMs, null).map(({ name }) => name);
  };
  const stateOf = (id: string): string | null => pool.runs.read(id).stateName;
  const end = (id: string): void => void pool.runs.propose(id, { type: 'COMPLETED' });
  const deploy = (limit: LimitRule | null): void =>
    void pool.deployments.create({
      name: 'job',
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: {},
      tags: [],
      schedules: [],
      limit,
    });

  it('of a key allow one run at once where nothing else is said, and let runs of other keys by', () => {
    const first = addOfKey('a');
    addOfKey('b');
    addOfKey('c', 'other');
    add('d');

    expect(due()).to.deep.equal(['a', 'c', 'd']);
    worker.claim(first);
    expect(due()).to.deep.equal(['c', 'd']);
    end(first);
    expect(due()).to.deep.equal(['b', 'c', 'd']);
  });

  it('refuse a claim beyond them, whoever saw the run due before', () => {
    const ids = ['a', 'b', 'c'].map((name) => addOfKey(name, 'db', 2));

    const answers = ids.map((id) => bench.worker().claim(id).refusal);

    expect(answers).to.deep.equal([null, null, "concurrency key 'db' is at its limit"]);
  });

  it('hold for runs that are being cancelled, and are free again when those have ended', () => {
    const first = addOfKey('a');
    const second = addOfKey('b');
    worker.claim(first);
    pool.runs.propose(first, { type: 'CANCELLING' });

    expect(worker.claim(second).refusal).to.not.equal(null);
    pool.runs.propose(first, { type: 'CANCELLED' });
    expect(worker.claim(second).refusal).to.equal(null);
  });

  it('are free again when a run that counted is scheduled anew or deleted', () => {
    const [first, second, third] = [addOfKey('a'), addOfKey('b'), addOfKey('c')];
    worker.claim(first);
    pool.runs.propose(first, { type: 'SCHEDULED' });
    expect(worker.claim(second).refusal).to.equal(null);
    pool.database.run('DELETE FROM flow_runs WHERE id = ?', second);
    expect(worker.claim(third).refusal).to.equal(null);
  });

  it('leave room to the next queue that a full queue cannot use', () => {
    pool.pools.createQueue('mine', { name: 'narrow', priority: 1, concurrencyLimit: 1 });
    pool.limits.set('db', { most: 2, onLimit: 'queue', rate: null });
    const concurrency = { key: 'db', rule: null };
    for (const name of ['a', 'b', 'c']) add(name, { workQueueName: 'narrow', concurrency });
    add('d', { concurrency });

    expect(due()).to.deep.equal(['a', 'd']);
  });

  it('do not hide due runs behind many that wait for a full key', () => {
    const first = addOfKey('a');
    pool.database.write(() => {
      for (let count = 0; count < 500; count += 1) addOfKey(`wait-${count}`);
    });
    add('last');
    worker.claim(first);

    expect(due()).to.deep.equal(['last']);
  });

  it('skip what is due while they are full', () => {
    const first = addOfKey('a', 'db', 1, 'skip');
    worker.claim(first);
    const second = addOfKey('b');
    const later = add('later', { scheduledForMs: bench.nowMs + 60_000, concurrency: { key: 'db', rule: null } });

    expect(due()).to.deep.equal([]);
    expect([stateOf(second), stateOf(later)]).to.deep.equal(['Skipped', 'Scheduled']);
    expect(pool.runs.read(second).state?.message).to.contain("concurrency key 'db' was at its limit");
    end(first);
    addOfKey('c');
    expect(due()).to.deep.equal(['c']);
  });

  it('replace those that wait by the newest', () => {
    const first = addOfKey('a', 'db', 1, 'replace');
    worker.claim(first);
    const waiting = ['b', 'c', 'd'].map((name) => addOfKey(name));

    due();

    expect(waiting.map(stateOf)).to.deep.equal(['Replaced', 'Replaced', 'Scheduled']);
    expect(stateOf(first)).to.equal('Pending');
  });

  it('cancel the oldest for the newest, once, which waits until it has ended', () => {
    const ids = ['a', 'b'].map((name) => addOfKey(name, 'db', 2, 'cancel-oldest'));
    for (const id of ids) worker.claim(id);
    const third = addOfKey('c');

    expect(due()).to.deep.equal([]);
    expect(due()).to.deep.equal([]);
    expect(ids.map(stateOf)).to.deep.equal(['Cancelling', 'Pending']);
    pool.runs.propose(ids[0] ?? '', { type: 'CANCELLED' });
    expect(due()).to.deep.equal(['c']);
    expect(worker.claim(third).refusal).to.equal(null);
  });

  it('of a rate count what began lately, ended or not', async () => {
    pool.limits.set('api', { most: null, onLimit: 'queue', rate: { runs: 2, perSeconds: 60 } });
    const ids = ['a', 'b', 'c'].map((name) => addOfKey(name, 'api'));

    expect(due()).to.deep.equal(['a', 'b']);
    for (const id of ids.slice(0, 2)) {
      worker.claim(id);
      end(id);
    }
    expect(due()).to.deep.equal([]);
    expect(worker.claim(ids[2] ?? '').refusal).to.contain('at its limit');
    await bench.clock.advance(60_000);
    expect(due()).to.deep.equal(['c']);
  });

  it('of a deployment hold for runs made before them, and end with them', () => {
    deploy(null);
    const ids = ['a', 'b'].map((name) => add(name, { deploymentName: 'job', workPoolName: null }));
    deploy({ most: 1, onLimit: 'queue', rate: null });
    worker.claim(ids[0] ?? '');

    expect(worker.claim(ids[1] ?? '').refusal).to.equal('the deployment is at its limit');
    add('c', { deploymentName: 'job', workPoolName: null });
    expect(due()).to.deep.equal([]);
    deploy(null);
    expect(due()).to.deep.equal(['b', 'c']);
    deploy({ most: 1, onLimit: 'queue', rate: null });
    pool.deployments.delete('job');
    expect(pool.database.all('SELECT * FROM run_limits')).to.deep.equal([]);
  });

  it('are listed with what counts for them, and deleted', () => {
    pool.limits.set('api', { most: 3, onLimit: 'queue', rate: { runs: 10, perSeconds: 60 } });
    worker.claim(addOfKey('a', 'api'));
    addOfKey('b', 'api');
    addOfKey('c', 'db', 2, 'skip');

    expect(pool.limits.list()).to.deep.equal([
      { key: 'api', most: 3, onLimit: 'queue', rate: { runs: 10, perSeconds: 60 }, activeRuns: 1, waitingRuns: 1 },
      { key: 'db', most: 2, onLimit: 'skip', rate: null, activeRuns: 0, waitingRuns: 1 },
    ]);
    pool.limits.delete('db');
    expect(thrownBy(() => pool.limits.delete('db')).message).to.contain('Known: api');
  });

  const refused: readonly (readonly [rule: LimitRule, problem: string])[] = [
    [{ most: 0, onLimit: 'queue', rate: null }, '1 or more'],
    [{ most: 1.5, onLimit: 'queue', rate: null }, '1 or more'],
    [{ most: null, onLimit: 'queue', rate: null }, 'it needs a number of runs or a rate'],
    [{ most: null, onLimit: 'skip', rate: { runs: 1, perSeconds: 1 } }, "'skip' needs a number of runs"],
    [{ most: null, onLimit: 'queue', rate: { runs: 0, perSeconds: 1 } }, 'its rate must be of 1 run'],
    [{ most: null, onLimit: 'queue', rate: { runs: 1, perSeconds: 0 } }, 'needs a time above 0'],
  ];
  for (const [rule, problem] of refused)
    it(`are refused as ${JSON.stringify(rule)}`, () => {
      expect(thrownBy(() => pool.limits.set('db', rule)))
        .to.include({ code: 'POOL_INPUT_INVALID' })
        .and.property('message')
        .that.contains(problem);
      expect(pool.limits.list()).to.deep.equal([]);
    });
});
