import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import type { NewFlowRun } from '../../../../src/orchestrators/embedded/runs/new-flow-runs.js';
import type { RunArray } from '../../../../src/orchestrators/embedded/runs/run-arrays.js';
import { openOrchestrator } from '../support/open-orchestrator.js';
import { newRun, PoolBench, rowOf, type TestWorker, thrownBy } from '../support/pool-bench.js';

describe('arrays', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const add = (array: RunArray, change: Partial<NewFlowRun> = {}): string =>
    pool.runs.create(newRun({ name: 'a', array, ...change })).id;
  const due = (): readonly string[] => {
    worker.pool.upkeep.apply();
    return worker.pool.due.list('mine', [], bench.nowMs, null).map(({ name }) => name);
  };
  const runOf = (arrayId: string, index: number): string =>
    String(pool.database.get('SELECT id FROM flow_runs WHERE array_id = ? AND array_index = ?', arrayId, index)?.id);
  const begin = (arrayId: string, index: number): string => {
    const id = runOf(arrayId, index);
    expect(worker.claim(id).refusal).to.equal(null);
    return id;
  };
  const end = (arrayId: string, index: number, type: StateType): void =>
    void pool.runs.propose(begin(arrayId, index), { type });
  const stateOf = (id: string) => pool.runs.read(id).stateName;
  const messageOf = (id: string) => pool.runs.read(id).state?.message;
  const namesOf = (id: string) => pool.runs.states(id).map(({ name }) => name);
  const counts = (id: string) => pool.arrays.counts([id]).get(id);

  it('have runs with indexes from 0 that share what the array has', () => {
    const shared = {
      jobVariables: { command: 'x' },
      tags: ['t'],
      priority: 7,
      parameters: { p: 1 },
      labels: { l: '1' },
    };
    const id = add({ size: 3 }, shared);

    const runs = [0, 1, 2].map((index) => pool.runs.read(runOf(id, index)));

    expect(due()).to.deep.equal(['a-0', 'a-1', 'a-2']);
    for (const [index, { json }] of runs.entries())
      expect(json).to.deep.include({
        array_run_id: id,
        array_index: index,
        array_size: 3,
        job_variables: { command: 'x' },
        parameters: { p: 1 },
        tags: ['t'],
        priority: 7,
        labels: { l: '1' },
        state_name: 'Scheduled',
      });
    expect(pool.runs.read(id).json).to.deep.include({ array_size: 3, array_first_index: 0, array_limit: null });
  });

  it('have the indexes of a range', () => {
    const id = add({ size: 2, firstIndex: 5 });
    expect(pool.runs.read(runOf(id, 6)).name).to.equal('a-6');
    expect(runOf(id, 4)).to.equal('undefined');
  });

  for (const array of [
    { size: 0 },
    { size: 10_001 },
    { size: 1.5 },
    { size: 1, firstIndex: -1 },
    { size: 1, limit: 0 },
  ])
    it(`are refused as ${JSON.stringify(array)}`, () => {
      expect(thrownBy(() => add(array)).code).to.equal('POOL_INPUT_INVALID');
    });

  it('are never claimed themselves, and take no slot', () => {
    const id = add({ size: 1 });
    expect(worker.claim(id).refusal).to.equal('the run is an array, whose runs are claimed');
    begin(id, 0);
    expect(stateOf(id)).to.equal('Running');
    expect(pool.pools.activeRuns('pool_id', pool.pools.read('mine').id)).to.equal(1);
    expect(
      bench
        .worker()
        .takeOver()
        .map(({ flowRun }) => flowRun.name),
    ).to.deep.equal(['a-0']);
  });

  const ends: readonly (readonly [readonly StateType[], string, string])[] = [
    [['COMPLETED', 'COMPLETED'], 'Completed', '2 of 2 ended: 2 completed'],
    [['COMPLETED', 'FAILED'], 'Failed', '2 of 2 ended: 1 completed, 1 failed'],
    [['CRASHED', 'COMPLETED'], 'Failed', '2 of 2 ended: 1 completed, 1 crashed'],
    [['CANCELLED', 'COMPLETED'], 'Cancelled', '2 of 2 ended: 1 completed, 1 cancelled'],
    [['CANCELLED', 'FAILED'], 'Failed', '2 of 2 ended: 1 failed, 1 cancelled'],
  ];
  for (const [types, state, message] of ends)
    it(`end ${state} with runs that end ${types.join(' and ')}`, () => {
      const id = add({ size: types.length });
      for (const [index, type] of types.entries()) {
        expect(rowOf(pool, id).end_ms).to.equal(null);
        end(id, index, type);
      }
      expect(namesOf(id)).to.deep.equal(['Scheduled', 'Running', state]);
      expect(messageOf(id)).to.equal(message);
      expect(rowOf(pool, id).end_ms).to.equal(bench.nowMs);
    });

  it('run no more runs at once than their limit', () => {
    const id = add({ size: 3, limit: 2 });
    pool.runs.create(newRun({ name: 'other' }));
    expect(due()).to.deep.equal(['a-0', 'a-1', 'other']);
    begin(id, 0);
    begin(id, 2);
    expect(worker.claim(runOf(id, 1)).refusal).to.equal('the array is at its limit');
    expect(due()).to.deep.equal(['other']);
    pool.runs.propose(runOf(id, 2), { type: 'COMPLETED' });
    expect(due()).to.deep.equal(['a-1', 'other']);
  });

  it('leave no limit behind when they have ended, and have it again when they are retried', () => {
    const id = add({ size: 1, limit: 1 });
    const limits = () => pool.database.all('SELECT key FROM run_limits');
    end(id, 0, 'FAILED');
    expect(limits()).to.deep.equal([]);
    pool.bulk.retry(pool.arrays.toRetry([id]), { jobVariables: {}, parameters: {} });
    expect(limits()).to.have.length(1);
    pool.bulk.cancel([id]);
    pool.bulk.delete(pool.arrays.toDelete([id]));
    expect(limits()).to.deep.equal([]);
  });

  it('count their runs, and not themselves, for the limit of a deployment and a concurrency key', () => {
    const deployment = { name: 'd', workPoolName: 'mine', workQueueName: null, jobVariables: {}, parameters: {} };
    const rest = { tags: [], schedules: [], limit: { most: 2, onLimit: 'queue', rate: null } } as const;
    pool.deployments.create({ ...deployment, ...rest });
    const id = add({ size: 3 }, { deploymentName: 'd', workPoolName: null, concurrency: { key: 'k', rule: null } });
    expect(due()).to.deep.equal(['a-0']);
    begin(id, 0);
    expect(worker.claim(runOf(id, 1)).refusal).to.match(/is at its limit/);
    expect(pool.limits.list()).to.deep.include.members([
      { key: 'k', most: 1, onLimit: 'queue', rate: null, activeRuns: 1, waitingRuns: 2 },
    ]);
  });

  it('wait with all their runs for the runs they follow', () => {
    const first = pool.runs.create(newRun({ name: 'first' })).id;
    const id = add({ size: 2 }, { after: { runIds: [first] } });
    expect(due()).to.deep.equal(['first']);
    expect(worker.claim(runOf(id, 0)).refusal).to.equal('the run waits for other runs');
    pool.runs.propose(first, { type: 'COMPLETED', force: true });
    expect(due()).to.deep.equal(['a-0', 'a-1']);
  });

  it('are skipped with all their runs when they can follow no more', () => {
    const first = pool.runs.create(newRun({ name: 'first' })).id;
    const id = add({ size: 2 }, { after: { runIds: [first] } });
    const last = pool.runs.create(newRun({ after: { runIds: [id] } })).id;
    pool.runs.propose(first, { type: 'FAILED', force: true });
    for (let round = 0; round < 2; round += 1) due();
    expect([id, runOf(id, 0), runOf(id, 1), last].map(stateOf)).to.deep.equal(Array(4).fill('Skipped'));
    expect(messageOf(runOf(id, 0))).to.contain(first);
  });

  it('let those that follow them begin when the last run has ended', () => {
    const id = add({ size: 2 });
    pool.runs.create(newRun({ name: 'after', after: { runIds: [id] } }));
    end(id, 0, 'COMPLETED');
    expect(due()).to.deep.equal(['a-1']);
    end(id, 1, 'COMPLETED');
    expect(due()).to.deep.equal(['after']);
  });

  it('are cancelled at once while no run has begun', () => {
    const id = add({ size: 3 });
    pool.runs.propose(id, { type: 'CANCELLING', message: 'why' });
    expect([id, ...[0, 1, 2].map((index) => runOf(id, index))].map(stateOf)).to.deep.equal(Array(4).fill('Cancelled'));
    expect(messageOf(runOf(id, 1))).to.equal('why');
    expect(due()).to.deep.equal([]);
    expect(rowOf(pool, runOf(id, 1)).end_ms).to.equal(bench.nowMs);
  });

  it('are cancelled with the runs that have begun once these are stopped', () => {
    const id = add({ size: 3 });
    const running = begin(id, 1);
    pool.runs.propose(running, { type: 'RUNNING' });
    pool.runs.propose(id, { type: 'CANCELLING' });
    expect([0, 1, 2].map((index) => stateOf(runOf(id, index)))).to.deep.equal(['Cancelled', 'Cancelling', 'Cancelled']);
    expect(worker.claims.cancelling(pool.pools.read('mine').id)).to.deep.equal([running]);
    expect(stateOf(id)).to.equal('Cancelling');
    expect(rowOf(pool, running).owner).to.be.a('string');
    pool.runs.propose(running, { type: 'CANCELLED' });
    expect(stateOf(id)).to.equal('Cancelled');
  });

  it('end Cancelled when they are cancelled, although a run failed before', () => {
    const id = add({ size: 2 });
    end(id, 0, 'FAILED');
    const running = begin(id, 1);
    pool.runs.propose(id, { type: 'CANCELLING' });
    pool.runs.propose(running, { type: 'CANCELLED' });
    expect(stateOf(id)).to.equal('Cancelled');
  });

  it('take no other state from outside', () => {
    const id = add({ size: 1 });
    for (const type of ['COMPLETED', 'SCHEDULED', 'RUNNING'] as const)
      expect(pool.runs.propose(id, { type, force: true }).status).to.equal('REJECT');
    expect(stateOf(id)).to.equal('Scheduled');
  });

  it('go on while a run is retried by its policy, and show nothing of that', async () => {
    const { orchestrator } = await openOrchestrator(bench, { heartbeatIntervalSeconds: 3600 });
    const id = add({ size: 1 }, { policy: { retries: { attempts: 2, delaySeconds: 1, jitter: 0 } } });
    const fail = async (): Promise<void> => {
      const answer = await orchestrator.claim(pool.runs.read(runOf(id, 0)));
      if (!answer.claimed) throw new Error(answer.reason);
      await answer.lease.storeInfrastructurePid('task');
      await answer.lease.proposeState({ type: 'FAILED' });
    };
    await fail();
    expect(stateOf(runOf(id, 0))).to.equal('AwaitingRetry');
    expect(namesOf(id)).to.deep.equal(['Scheduled', 'Running']);
    await fail();
    expect(namesOf(id)).to.deep.equal(['Scheduled', 'Running', 'Failed']);
  });

  it('do not expire themselves, but each of their runs does', async () => {
    const id = add({ size: 2 }, { policy: { limits: { queueSeconds: 60 } } });
    begin(id, 0);
    await bench.clock.advance(61_000);
    worker.pool.upkeep.apply();
    expect([id, runOf(id, 0), runOf(id, 1)].map(stateOf)).to.deep.equal(['Running', 'Pending', 'Expired']);
  });

  it('are retried with the runs that have not completed alone', () => {
    const id = add({ size: 4 });
    for (const [index, type] of (['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const).entries())
      end(id, index, type);
    expect(pool.bulk.retry(pool.arrays.toRetry([id]), { jobVariables: { a: 1 }, parameters: {} })).to.equal(3);
    expect(due()).to.deep.equal(['a-1', 'a-2', 'a-3']);
    expect(stateOf(id)).to.equal('Running');
    expect(rowOf(pool, id).end_ms).to.equal(null);
    for (const index of [1, 2, 3]) end(id, index, 'COMPLETED');
    expect(messageOf(id)).to.equal('4 of 4 ended: 4 completed');
    expect(stateOf(id)).to.equal('Completed');
  });

  it('are retried as a whole where all runs have completed', () => {
    const id = add({ size: 2 });
    for (const index of [0, 1]) end(id, index, 'COMPLETED');
    expect(pool.arrays.toRetry([id])).to.have.length(2);
    expect(pool.arrays.toRetry(['else'])).to.deep.equal(['else']);
  });

  it('are listed as one row with counts; their runs by the array or a worker', () => {
    const id = add({ size: 3 });
    const alone = pool.runs.create(newRun({ name: 'alone' })).id;
    end(id, 0, 'FAILED');
    const { runs, more } = pool.runLists.list({ limit: 1, sort: 'name' });
    expect(runs.map(({ name, arrayCounts }) => [name, arrayCounts])).to.deep.equal([
      ['a', { FAILED: 1, SCHEDULED: 2 }],
    ]);
    expect(more).to.equal(1);
    expect(pool.runLists.list({ limit: 9 }).runs.map((run) => run.id)).to.have.members([id, alone]);
    expect(pool.runLists.list({ limit: 9, arrayId: id, sort: 'name' }).runs.map(({ name }) => name)).to.deep.equal([
      'a-0',
      'a-1',
      'a-2',
    ]);
    pool.runs.addLabels(runOf(id, 0), { 'prefect.worker.name': 'w' });
    expect(pool.runLists.list({ limit: 9, workerName: 'w' }).runs.map(({ name }) => name)).to.deep.equal(['a-0']);
  });

  it('are chosen in place of their runs by commands for many runs', () => {
    const id = add({ size: 3 });
    expect(pool.selection.ids({ stateTypes: ['SCHEDULED'] })).to.deep.equal([id]);
    expect(pool.selection.ids({ stateTypes: ['SCHEDULED'], ids: [runOf(id, 1)] })).to.have.length(1);
  });

  it('are deleted with their runs, which cannot be deleted alone', () => {
    const id = add({ size: 3 });
    expect(thrownBy(() => pool.arrays.toDelete([runOf(id, 1)])).message).to.contain(`it belongs to the array ${id}`);
    expect(pool.bulk.delete(pool.arrays.toDelete([id]))).to.equal(4);
    expect(pool.database.all('SELECT id FROM flow_runs')).to.deep.equal([]);
  });

  it('are pruned by their own end, and their runs before them', () => {
    const limit = {
      poolId: pool.pools.read('mine').id,
      stateType: 'COMPLETED',
      endedBeforeMs: bench.nowMs + 1,
    } as const;
    const open = add({ size: 2 });
    end(open, 0, 'COMPLETED');
    const ended = add({ size: 1 }, { name: 'b' });
    end(ended, 0, 'COMPLETED');
    const limits = [{ ...limit, maxRuns: null }];
    expect(pool.pruning.count(limits)).to.equal(2);
    expect([1, 2, 3].map(() => pool.pruning.pruneBatch(limits))).to.deep.equal([1, 1, 0]);
    expect(counts(open)).to.deep.equal({ COMPLETED: 1, SCHEDULED: 1 });
  });

  it('lose their waiting runs with their deployment', () => {
    const deployment = { name: 'd', workPoolName: 'mine', workQueueName: null, jobVariables: {}, parameters: {} };
    pool.deployments.create({ ...deployment, tags: [], schedules: [] });
    const of = { deploymentName: 'd', workPoolName: null };
    const [begun, waiting] = [add({ size: 2 }, of), add({ size: 2 }, { ...of, name: 'b' })];
    const running = begin(begun, 0);
    pool.deployments.delete('d');
    expect(stateOf(runOf(begun, 1))).to.equal('Cancelled');
    expect(pool.runs.find(waiting)).to.equal(null);
    pool.runs.propose(running, { type: 'COMPLETED' });
    expect(stateOf(begun)).to.equal('Cancelled');
  });

  it('are found once by an idempotency key', () => {
    const one = add({ size: 2 }, { idempotencyKey: 'k' });
    expect(add({ size: 2 }, { idempotencyKey: 'k' })).to.equal(one);
    expect(counts(one)).to.deep.equal({ SCHEDULED: 2 });
  });

  it('give their runs the index and the size in the environment', async () => {
    const { orchestrator } = await openOrchestrator(bench);
    const id = add({ size: 2 });
    expect(orchestrator.jobEnvironment(pool.runs.read(runOf(id, 1)))).to.include({
      WORKER_HOST_ARRAY_RUN_ID: id,
      WORKER_HOST_ARRAY_INDEX: '1',
      WORKER_HOST_ARRAY_SIZE: '2',
    });
    expect(orchestrator.jobEnvironment(pool.runs.create(newRun()))).not.to.have.any.keys('WORKER_HOST_ARRAY_INDEX');
  });

  it('of ten thousand runs are made, cancelled and read in one go', () => {
    const id = add({ size: 10_000, limit: 10 });
    expect(due()).to.have.length(10);
    pool.runs.propose(id, { type: 'CANCELLING' });
    expect(counts(id)).to.deep.equal({ CANCELLED: 10_000 });
    expect(stateOf(id)).to.equal('Cancelled');
  }).timeout(60_000);
});
