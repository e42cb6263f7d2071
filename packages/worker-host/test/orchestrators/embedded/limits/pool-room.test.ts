import type { RunResources } from '@worker-host/core';
import { expect } from 'chai';
import { claimOne, newRun, PoolBench, type TestWorker } from '../support/pool-bench.js';

const MINUTE_MS = 60_000;
const of = (vcpus: number, memoryMib = 1024): RunResources => ({ vcpus, memoryMib });

describe('the room of a pool', () => {
  let bench: PoolBench;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool().pools.update('mine', { vcpuLimit: 4, memoryLimitMib: 8192 });
    worker = bench.worker();
    worker.workers.beat(worker.pool.pools.read('mine').id, 'w', 1000);
  });
  afterEach(() => bench.dispose());

  const create = (name: string) => worker.pool.runs.create(newRun({ name })).id;
  const refusalOf = (id: string, resources: RunResources | null) => claimOne(worker.claims, id, resources).refusal;
  const due = () => worker.pool.due.list('mine', [], bench.nowMs, null).map(({ name }) => name);
  const reasonOf = (id: string) => worker.pool.runLists.read(id).reason;

  it('is shared by the workers of the pool, and freed by the end of a run', () => {
    const [first, second, third] = [create('a'), create('b'), create('c')];
    expect(refusalOf(first, of(2.5))).to.equal(null);
    expect(claimOne(bench.worker().claims, second, of(2)).refusal).to.equal(
      'the active runs of the pool leave too little: it requests 2 of 4 vCPUs',
    );
    expect(refusalOf(third, of(1, 7169))).to.contain('it requests 7169 of 8192 MiB');
    expect(reasonOf(second)).to.equal('The run requests 2 of 4 vCPUs; active runs use 2.5 vCPUs and 1024 MiB.');

    worker.pool.runs.propose(first, { type: 'FAILED' });
    expect(reasonOf(second)).to.contain('next poll');
    expect(refusalOf(second, of(2))).to.equal(null);
  });

  it('does not count a run of unknown size, nor one that was claimed before with another', () => {
    const [unknown, again] = [create('a'), create('b')];
    expect(refusalOf(again, of(4))).to.equal(null);
    worker.pool.runs.propose(again, { type: 'SCHEDULED', name: 'AwaitingRetry' });
    expect(refusalOf(unknown, null)).to.equal(null);
    expect(refusalOf(again, null)).to.equal(null);
    expect(refusalOf(create('c'), of(4))).to.equal(null);
  });

  it('offers a run that was refused once there is room for it, or after a minute', async () => {
    const [first, big] = [create('first'), create('big')];
    refusalOf(first, of(2));
    expect(due()).to.deep.equal(['big']);
    refusalOf(big, of(3));
    expect(due()).to.deep.equal([]);
    create('other');
    expect(due()).to.deep.equal(['other']);
    worker.pool.runs.propose(first, { type: 'FAILED' });
    expect(due()).to.deep.equal(['big', 'other']);

    const tooBig = create('too big');
    expect(refusalOf(tooBig, of(5))).to.equal('it requests more than the limit of the pool: 5 of 4 vCPUs');
    expect(due()).to.deep.equal(['big', 'other']);
    await bench.clock.advance(MINUTE_MS);
    expect(due()).to.deep.equal(['big', 'other', 'too big']);
  });

  it('is kept for a run that has found none for a minute, while it is asked for', async () => {
    const [first, big] = [create('first'), create('big')];
    refusalOf(first, of(1));
    refusalOf(create('too big'), of(5));
    refusalOf(big, of(4));
    await bench.clock.advance(MINUTE_MS - 1);
    expect(refusalOf(create('quick'), of(1))).to.equal(null);
    refusalOf(big, of(4));
    await bench.clock.advance(1);
    const late = create('late');
    expect(refusalOf(late, of(1))).to.equal('a larger run has waited for room for a minute');
    expect(refusalOf(create('unknown'), null)).to.equal(null);

    await bench.clock.advance(2 * MINUTE_MS);
    expect(refusalOf(late, of(1)), 'nobody claims the big one any more').to.equal(null);
    refusalOf(big, of(4));
    await bench.clock.advance(MINUTE_MS / 2);
    expect(refusalOf(create('again'), of(1)), 'the wait of the big one began again').to.equal(null);
  });

  it('is shared by the claims of one transaction', async () => {
    const ids = [create('a'), create('b'), create('c'), create('d')];
    const claimAll = (...sizes: readonly (RunResources | null)[]) =>
      worker.claims
        .claimAll(ids.map((flowRunId, at) => ({ flowRunId, resources: sizes[at] ?? null })))
        .map(({ granted }) => granted !== null);

    expect(claimAll(of(2), of(4), of(2), null)).to.deep.equal([true, false, true, true]);
    for (const id of [ids[0], ids[2], ids[3]]) worker.pool.runs.propose(id ?? '', { type: 'SCHEDULED', force: true });
    await bench.clock.advance(MINUTE_MS);
    expect(claimAll(of(1), of(4), of(0.5), null), 'the second waits the longest').to.deep.equal([
      false,
      true,
      false,
      true,
    ]);
  });

  it('is without bounds where the pool has no limit', () => {
    worker.pool.pools.update('mine', { vcpuLimit: null, memoryLimitMib: null });
    expect(refusalOf(create('a'), of(64, 999_999))).to.equal(null);
    worker.pool.pools.update('mine', { memoryLimitMib: 1_000_000 });
    expect(refusalOf(create('b'), of(64, 2)), 'no run was counted without a limit').to.equal(null);
  });

  it('has limits that are numbers', () => {
    for (const change of [{ vcpuLimit: -1 }, { vcpuLimit: Number.NaN }, { memoryLimitMib: 1.5 }])
      expect(() => worker.pool.pools.update('mine', change)).to.throw('the limit of');
  });
});
