import { expect } from 'chai';
import { openOrchestrator } from '../support/open-orchestrator.js';
import { claimAll, newRun, PoolBench, rowOf, type TestWorker } from '../support/pool-bench.js';

describe('runs that are claimed together', () => {
  let bench: PoolBench;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const create = (count: number, change: Parameters<typeof newRun>[0] = {}): readonly string[] =>
    worker.pool.runs.createAll(Array.from({ length: count }, () => newRun(change))).map(({ id }) => id);
  const refusals = (ids: readonly string[]) => claimAll(worker.claims, ids).map(({ refusal }) => refusal);

  it('are granted each its own attempt and token', () => {
    const ids = create(3);

    const granted = claimAll(worker.claims, ids).map((result) => result.granted);

    expect(granted.map((each) => each?.attempt.flowRunId)).to.deep.equal(ids);
    expect(new Set(granted.map((each) => each?.fencingToken)).size).to.equal(3);
    for (const [index, id] of ids.entries()) {
      expect(rowOf(worker.pool, id)).to.include({
        ...{ state_type: 'PENDING', attempt: 1, attempt_started_ms: bench.nowMs, owner: worker.workers.instanceId },
        lease_token: granted[index]?.fencingToken,
      });
      const states = worker.pool.runs.states(id);
      expect(states.map(({ type }) => type)).to.deep.equal(['SCHEDULED', 'PENDING']);
      expect(rowOf(worker.pool, id).state_id).to.equal(states[1]?.id);
    }
  });

  it('take no more than the pool and each queue have room for', () => {
    const { pools } = worker.pool;
    pools.createQueue('mine', { name: 'narrow', concurrencyLimit: 1 });
    const narrow = create(2, { workQueueName: 'narrow' });
    const others = create(3);
    pools.update('mine', { concurrencyLimit: 3 });

    expect(refusals([...narrow, ...others])).to.deep.equal([
      ...[null, 'the queue is at its limit of 1', null, null],
      'the pool is at its limit of 3',
    ]);
  });

  it('take no more than their limits have room for, and count for their rates', () => {
    const limited = create(3, { concurrency: { key: 'k', rule: { most: 2, onLimit: 'queue' } } });
    worker.pool.limits.set('r', { most: null, onLimit: 'queue', rate: { runs: 1, perSeconds: 60 } });
    const rated = create(2, { concurrency: { key: 'r', rule: null } });

    expect(refusals([...limited, ...rated])).to.deep.equal([
      ...[null, null, `concurrency key 'k' is at its limit`, null],
      `concurrency key 'r' is at its limit`,
    ]);
    const begun = worker.pool.database.all('SELECT flow_run_id FROM flow_run_keys WHERE claimed_ms IS NOT NULL');
    expect(begun.map((row) => row.flow_run_id)).to.have.members([limited[0], limited[1], rated[0]]);
    expect(refusals([rated[1] ?? ''])).to.deep.equal([`concurrency key 'r' is at its limit`]);
  });

  it('are refused each for its own reason', () => {
    const [array = ''] = create(1, { array: { size: 2 } });
    const [followed = '', claimed = ''] = create(2);
    const [waiting = ''] = create(1, { after: { runIds: [followed] } });
    worker.claim(claimed);

    expect(refusals([array, waiting, claimed, 'deleted', followed])).to.deep.equal([
      ...['the run is an array, whose runs are claimed', 'the run waits for other runs', 'the run is now PENDING'],
      ...['the run was deleted', null],
    ]);
  });

  it('are granted again, with new tokens, where their answers were lost', () => {
    const ids = create(2);
    const [lost] = claimAll(worker.claims, ids);
    const [again, other] = claimAll(worker.claims, ids).map((result) => result.granted);

    expect(again?.attempt).to.deep.equal(lost?.granted?.attempt);
    expect(again?.fencingToken).to.not.equal(lost?.granted?.fencingToken);
    expect(other?.attempt.id).to.equal('1');
    expect(worker.pool.runs.states(ids[0] ?? '')).to.have.length(2);
  });

  it('begin the array they belong to once', () => {
    const [array = ''] = create(1, { array: { size: 3 } });
    const runs = worker.pool.due.list('mine', [], bench.nowMs, null).map(({ id }) => id);

    claimAll(worker.claims, runs);

    expect(worker.pool.runs.states(array).map(({ type }) => type)).to.deep.equal(['SCHEDULED', 'RUNNING']);
  });
});

describe('runs that are finished together', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(() => bench.dispose());

  const claimAll = async (change: Parameters<typeof newRun>[0], count: number) => {
    const opened = await openOrchestrator(bench);
    const { pool, orchestrator } = opened;
    pool.runs.createAll(Array.from({ length: count }, () => newRun(change)));
    const due = await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: bench.nowMs, limit: null });
    const answers = await Promise.all(due.map((run) => orchestrator.claim(run)));
    return { ...opened, leases: answers.flatMap((answer) => (answer.claimed ? [answer.lease] : [])) };
  };

  it('keep their ends where one of them was lost to another owner', async () => {
    const { leases, pool } = await claimAll({}, 3);
    const [, lost] = leases;
    pool.runs.propose(lost?.attempt.flowRunId ?? '', { type: 'SCHEDULED', force: true });
    const commits: number[] = [];
    const write = pool.database.write.bind(pool.database);
    pool.database.write = (act, options) => {
      commits.push(1);
      return write(act, options);
    };

    const outcomes = await Promise.allSettled(leases.map((lease) => lease.proposeState({ type: 'COMPLETED' })));

    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(leases.map(({ isHeld }) => isHeld)).to.deep.equal([false, false, false]);
    expect(leases.map(({ attempt }) => pool.runs.read(attempt.flowRunId).stateType)).to.deep.equal([
      ...['COMPLETED', 'SCHEDULED', 'COMPLETED'],
    ]);
  });

  it('end their array with the last of them', async () => {
    const { leases, pool } = await claimAll({ array: { size: 3 } }, 1);
    const [array] = pool.runLists.list({ limit: 1 }).runs;

    await Promise.all(leases.map((lease) => lease.proposeState({ type: 'COMPLETED' })));

    const states = pool.runs.states(array?.id ?? '');
    expect(states.map(({ type }) => type)).to.deep.equal(['SCHEDULED', 'RUNNING', 'COMPLETED']);
    expect(states.at(-1)?.message).to.equal('3 of 3 ended: 3 completed');
  });

  it('end each by its own policy', async () => {
    const { leases, pool } = await claimAll({ policy: { retries: { attempts: 2 } } }, 2);
    const plain = await claimAll({}, 1);
    for (const lease of leases) await lease.storeInfrastructurePid('task');

    const ends = [...leases, ...plain.leases].map((lease) => lease.proposeState({ type: 'FAILED' }));
    for (let turn = 0; turn < 20; turn += 1) await bench.clock.advance(50);
    await Promise.all(ends);

    const types = [...leases, ...plain.leases].map(({ attempt }) => pool.runs.read(attempt.flowRunId).stateType);
    expect(types).to.deep.equal(['SCHEDULED', 'SCHEDULED', 'FAILED']);
  });

  it('store the states of one run in the order in which they were proposed', async () => {
    const { leases, pool } = await claimAll({}, 1);
    const [lease] = leases;

    await Promise.all([lease?.proposeState({ type: 'RUNNING' }), lease?.proposeState({ type: 'COMPLETED' })]);

    const states = pool.runs.states(lease?.attempt.flowRunId ?? '');
    expect(states.map(({ type }) => type)).to.deep.equal(['SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED']);
  });
});
