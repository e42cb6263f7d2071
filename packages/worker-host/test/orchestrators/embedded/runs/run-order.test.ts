import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import type { NewFlowRun } from '../../../../src/orchestrators/embedded/runs/new-flow-runs.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const MINUTE_MS = 60_000;

describe('the order of runs', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const add = (name: string, change: Partial<NewFlowRun> = {}): string =>
    pool.runs.create(newRun({ name, ...change })).id;
  const due = (limit: number | null = null): readonly string[] =>
    pool.due.list('mine', [], bench.nowMs, limit).map(({ name }) => name);

  it('is by priority, then by time', () => {
    add('a');
    add('late', { priority: 1000 });
    add('b');
    add('urgent', { priority: 1 });
    expect(due()).to.deep.equal(['urgent', 'a', 'b', 'late']);
    expect(due(2)).to.deep.equal(['urgent', 'a']);
  });

  it('lets what waits come first in the end: a step of priority is worth a minute', async () => {
    add('patient', { priority: 110 });
    await bench.clock.advance(9 * MINUTE_MS);
    add('soon');
    expect(due()).to.deep.equal(['soon', 'patient']);
    await bench.clock.advance(2 * MINUTE_MS);
    add('later');
    expect(due()).to.deep.equal(['soon', 'patient', 'later']);
  });

  it('offers nothing before its time, however urgent', async () => {
    add('tomorrow', { priority: 1, scheduledForMs: bench.nowMs + 24 * 60 * MINUTE_MS });
    add('now', { priority: 1000 });
    expect(due()).to.deep.equal(['now']);
    await bench.clock.advance(24 * 60 * MINUTE_MS);
    expect(due()).to.deep.equal(['now', 'tomorrow']);
  });

  it('is that of the deployment, unless the run has its own', () => {
    const deployment = { workQueueName: null, jobVariables: {}, parameters: {}, tags: [], schedules: [] };
    pool.deployments.create({ ...deployment, name: 'job', workPoolName: 'mine', priority: 50 });
    add('plain');
    add('of-job', { deploymentName: 'job', workPoolName: null });
    add('last', { deploymentName: 'job', workPoolName: null, priority: 200 });
    expect(due()).to.deep.equal(['of-job', 'plain', 'last']);
    expect(pool.deployments.read('job').priority).to.equal(50);
  });

  for (const priority of [0, 1001, 1.5])
    it(`has no priority ${priority}`, () => {
      expect(thrownBy(() => add('a', { priority })).message).to.contain('a whole number of 1 to 1000');
    });
});

describe('a unique key', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const add = (unique: NewFlowRun['unique'], change: Partial<NewFlowRun> = {}): string =>
    pool.runs.create(newRun({ unique, ...change })).id;

  it('is taken until its run has ended, and within its pool alone', () => {
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    const first = add({ key: 'k' });
    expect(add({ key: 'k' })).to.equal(first);
    expect(add({ key: 'k' }, { workPoolName: 'other' })).to.not.equal(first);
    bench.worker().claim(first);
    expect(add({ key: 'k' })).to.equal(first);
    expect(add({ key: 'other' })).to.not.equal(first);
    pool.runs.propose(first, { type: 'COMPLETED' });
    expect(add({ key: 'k' })).to.not.equal(first);
  });

  it('is taken while its run waits, where that is said', () => {
    const first = add({ key: 'k', while: 'waiting' });
    expect(add({ key: 'k', while: 'waiting' })).to.equal(first);
    bench.worker().claim(first);
    expect(add({ key: 'k', while: 'waiting' })).to.not.equal(first);
  });

  it('is taken for a time, whatever became of its run', async () => {
    const first = add({ key: 'k', forSeconds: 60 });
    pool.runs.propose(first, { type: 'CANCELLED' });
    await bench.clock.advance(59_000);
    expect(add({ key: 'k', forSeconds: 60 })).to.equal(first);
    await bench.clock.advance(1000);
    expect(add({ key: 'k', forSeconds: 60 })).to.not.equal(first);
  });

  it('is taken for less than a second too', async () => {
    const first = add({ key: 'k', forSeconds: 0.5 });
    await bench.clock.advance(499);
    expect(add({ key: 'k', forSeconds: 0.5 })).to.equal(first);
    await bench.clock.advance(1);
    expect(add({ key: 'k', forSeconds: 0.5 })).to.not.equal(first);
  });

  it('is taken within one deployment alone', () => {
    const job = {
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: {},
      tags: [],
      schedules: [],
    };
    for (const name of ['a', 'b']) pool.deployments.create({ ...job, name });
    const ids = [{ deploymentName: 'a' }, { deploymentName: 'b' }, {}].map((of) => add({ key: 'k' }, of));

    expect(new Set(ids).size).to.equal(3);
    expect([{ deploymentName: 'a' }, { deploymentName: 'b' }, {}].map((of) => add({ key: 'k' }, of))).to.deep.equal(
      ids,
    );
  });

  for (const type of ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'] as const)
    it(`is taken while its run is ${type}`, () => {
      const first = add({ key: 'k', while: 'open' });
      if (type !== 'SCHEDULED') pool.runs.propose(first, { type, force: true });

      expect(add({ key: 'k' })).to.equal(first);
    });

  for (const type of ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const)
    it(`is free once its run is ${type}`, () => {
      const first = add({ key: 'k' });
      pool.runs.propose(first, { type, force: true });

      expect(add({ key: 'k' })).to.not.equal(first);
    });

  it('is refused empty, or for no time', () => {
    expect(thrownBy(() => add({ key: '', forSeconds: 0 })).message)
      .to.contain('must not be empty')
      .and.contain('must be above 0 s');
  });
});
