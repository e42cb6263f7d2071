import { type JsonObject, parseJson, stringifyJson } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { claimOne, newRun, PoolBench, type TestWorker, thrownBy } from '../support/pool-bench.js';

describe('runs of the embedded pool', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const deploy = (name: string): void => {
    pool.deployments.create({
      name,
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: { a: 1, b: 2 },
      tags: ['one'],
      schedules: [],
    });
  };

  it('are made with what they and their deployment say', () => {
    deploy('nightly');
    const run = pool.runs.create(
      newRun({
        deploymentName: 'nightly',
        name: 'tonight',
        parameters: { b: 3 },
        tags: ['one', 'two'],
        jobVariables: { 'env.A': 'x' },
        labels: { team: 'red' },
        scheduledForMs: bench.nowMs + 5000,
      }),
    );
    expect(run).to.deep.include({
      name: 'tonight',
      workPoolName: 'mine',
      workQueueName: 'default',
      parameters: { a: 1, b: 3 },
      tags: ['one', 'two'],
      jobVariables: { env: { A: 'x' } },
      labels: { team: 'red' },
      stateType: 'SCHEDULED',
      runCount: 0,
      infrastructurePid: null,
      nextScheduledStartTime: new Date(bench.nowMs + 5000).toISOString(),
    });
    expect(run.deploymentId).to.equal(pool.deployments.read('nightly').id);
  });

  it('keep their numbers as they were written, as pools, deployments, variables and secrets do', () => {
    const text = '{"env":{"API":2.0,"CHANNEL":1098765432109876543}}';
    const numbers = parseJson(text) as JsonObject;
    const template = { variables: { type: 'object', properties: { env: {} } }, job_configuration: numbers };
    pool.pools.update('mine', { baseJobTemplate: template });
    pool.deployments.create({
      name: 'nightly',
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: numbers,
      parameters: numbers,
      tags: [],
      schedules: [],
    });
    const { id } = pool.runs.create(newRun({ deploymentName: 'nightly', jobVariables: numbers, parameters: numbers }));
    pool.variables.set('numbers', numbers);
    pool.secrets.set('numbers', numbers);

    const other = bench.open();
    const kept = [
      other.pools.read('mine').baseJobTemplate.job_configuration,
      other.deployments.read('nightly').jobVariables,
      other.deployments.read('nightly').parameters,
      other.runs.read(id).jobVariables,
      other.runs.read(id).parameters,
      other.variables.read('numbers'),
      other.secrets.read('numbers'),
    ];
    expect(kept.map((value) => stringifyJson(value))).to.deep.equal(kept.map(() => text));
  });

  it('are checked by the form of their pool, numbers of any text among them', () => {
    const template = parseJson(
      '{"variables":{"type":"object","properties":{"cpu":{"type":"integer","minimum":1.0,"default":2.0}}},"job_configuration":{"cpu":"{{ cpu }}"}}',
    ) as JsonObject;
    pool.pools.update('mine', { baseJobTemplate: template });

    expect(pool.runs.create(newRun({ jobVariables: parseJson('{"cpu":4.0}') as JsonObject })).stateType).to.equal(
      'SCHEDULED',
    );
    expect(
      thrownBy(() => pool.runs.create(newRun({ jobVariables: parseJson('{"cpu":0.0}') as JsonObject }))).message,
    ).to.contain('cpu');
  });

  it('are made once for an idempotency key, within one deployment or one pool', () => {
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    deploy('nightly');
    deploy('daily');
    const second = bench.open();
    const key = { idempotencyKey: 'k' };

    const { id } = pool.runs.create(newRun(key));
    expect(second.runs.create(newRun({ ...key, parameters: { ignored: true } })).id).to.equal(id);
    expect(pool.runs.read(id).parameters).to.deep.equal({});

    const others = [
      pool.runs.create(newRun({ ...key, workPoolName: 'other' })).id,
      pool.runs.create(newRun({ ...key, deploymentName: 'nightly' })).id,
      pool.runs.create(newRun({ ...key, deploymentName: 'daily' })).id,
      pool.runs.create(newRun({ idempotencyKey: 'another' })).id,
      pool.runs.create(newRun()).id,
      pool.runs.create(newRun()).id,
    ];
    expect(new Set([id, ...others]).size).to.equal(7);
    expect(pool.runLists.list({ limit: 100 }).runs).to.have.length(7);
  });

  it('are answered by their key also when they have ended', () => {
    const { id } = pool.runs.create(newRun({ idempotencyKey: 'k' }));
    pool.runs.propose(id, { type: 'FAILED' });
    expect(pool.runs.create(newRun({ idempotencyKey: 'k' }))).to.include({ id, stateType: 'FAILED' });
  });

  it('keep every state in order, with message, details and time', async () => {
    const { id } = pool.runs.create(newRun());
    const beganMs = bench.nowMs;
    pool.runs.propose(id, { type: 'PENDING', force: true });
    await bench.clock.advance(1000);
    pool.runs.propose(id, { type: 'RUNNING' });
    await bench.clock.advance(1000);
    const answer = pool.runs.propose(id, { type: 'FAILED', message: 'exit 3', stateDetails: { exit: 3 } });

    const states = pool.runs.states(id);
    expect(states.map(({ type, name }) => `${type} ${name}`)).to.deep.equal([
      'SCHEDULED Scheduled',
      'PENDING Pending',
      'RUNNING Running',
      'FAILED Failed',
    ]);
    expect(states.map(({ timestamp }) => Date.parse(timestamp) - beganMs)).to.deep.equal([0, 0, 1000, 2000]);
    expect(states.at(-1)).to.deep.include({ message: 'exit 3', stateDetails: { exit: 3 } });
    expect(answer).to.deep.equal({ status: 'ACCEPT', state: states.at(-1) });
    const run = pool.runs.read(id);
    expect(run.state).to.deep.equal(states.at(-1));
    expect(run.runCount).to.equal(1);
    expect(run.startTime).to.equal(new Date(beganMs + 1000).toISOString());
    expect(run.json.end_time).to.equal(new Date(beganMs + 2000).toISOString());
  });

  it('stay final, and write no state that was not accepted', () => {
    const { id } = pool.runs.create(newRun());
    pool.runs.propose(id, { type: 'CANCELLED' });
    const before = pool.runs.states(id);
    for (const type of ['RUNNING', 'COMPLETED', 'CANCELLED', 'SCHEDULED'] as const)
      expect(pool.runs.propose(id, { type })).to.deep.equal({
        status: 'ABORT',
        state: before.at(-1),
        reason: 'the run is already Cancelled',
      });
    expect(pool.runs.states(id)).to.deep.equal(before);
    expect(pool.runs.propose('nothing', { type: 'RUNNING' })).to.deep.include({ status: 'ABORT', state: null });
  });

  it('wait until their time when they are scheduled anew', () => {
    const { id } = pool.runs.create(newRun());
    pool.runs.propose(id, { type: 'PENDING', force: true });
    const retry = new Date(bench.nowMs + 60_000).toISOString();
    pool.runs.propose(id, { type: 'SCHEDULED', name: 'AwaitingRetry', stateDetails: { scheduled_time: retry } });
    const worker = bench.worker();
    expect(pool.runs.read(id).nextScheduledStartTime).to.equal(retry);
    expect(worker.pool.due.list('mine', [], bench.nowMs, null)).to.have.length(0);
    expect(worker.pool.due.list('mine', [], bench.nowMs + 60_000, null)).to.have.length(1);
  });

  it('are cancelled at once while nobody has taken them', () => {
    const { id } = pool.runs.create(newRun());
    const answer = pool.runs.propose(id, { type: 'CANCELLING' });
    expect(answer.state).to.include({ type: 'CANCELLED', name: 'Cancelled' });
    expect(bench.worker().pool.due.list('mine', [], bench.nowMs, null)).to.deep.equal([]);
  });

  for (const stage of ['PENDING', 'RUNNING'] as const)
    it(`are cancelled by their worker when they are ${stage}`, () => {
      const [mine, other] = [bench.worker(), bench.worker()];
      const poolId = pool.pools.read('mine').id;
      const cancelling = ({ claims }: TestWorker) => claims.cancelling(poolId);
      mine.workers.beat(poolId, 'w', 10);
      const { id } = pool.runs.create(newRun());
      mine.claim(id);
      if (stage === 'RUNNING') pool.runs.propose(id, { type: 'RUNNING' });

      expect(pool.runs.propose(id, { type: 'CANCELLING' }).state?.type).to.equal('CANCELLING');
      expect([cancelling(mine), cancelling(other)]).to.deep.equal([[id], []]);
      expect(mine.pool.runs.propose(id, { type: 'CANCELLED' }).status).to.equal('ACCEPT');
      expect(cancelling(mine)).to.deep.equal([]);
    });

  it('are found by id, by name and by the beginning of an id', () => {
    const { id } = pool.runs.create(newRun({ name: 'brisk-otter' }));
    pool.runs.create(newRun({ name: 'twin' }));
    pool.runs.create(newRun({ name: 'twin' }));
    for (const given of [id, id.slice(0, 13), 'brisk-otter']) expect(pool.runs.view(given).flowRun.id).to.equal(id);
    expect(thrownBy(() => pool.runs.view('twin'))).to.include({ code: 'RUN_AMBIGUOUS' });
    expect(thrownBy(() => pool.runs.view('zebra'))).to.include({ code: 'NOT_FOUND' });
    expect(thrownBy(() => pool.runs.view('%'))).to.include({ code: 'NOT_FOUND' });
  });

  it('are listed newest first, by what is asked', () => {
    const names = ['a', 'b', 'c'].map((name) => pool.runs.create(newRun({ name })));
    pool.runs.propose(names[1]?.id ?? '', { type: 'FAILED' });
    const listed = (query: object) => pool.runLists.list({ limit: 10, ...query }).runs.map(({ name }) => name);
    expect(listed({})).to.deep.equal(['c', 'b', 'a']);
    expect(listed({ states: ['FAILED'] })).to.deep.equal(['b']);
    expect(listed({ workPoolName: 'mine', limit: 1 })).to.deep.equal(['c']);
    expect(thrownBy(() => listed({ workPoolName: 'nope' }))).to.include({ code: 'NOT_FOUND' });
  });

  it('are listed with those that lie ahead at the end, the soonest first', async () => {
    const inMs = (name: string, ms: number) => pool.runs.create(newRun({ name, scheduledForMs: bench.nowMs + ms }));
    inMs('planned an hour ago', 3_600_000);
    inMs('cancelled before its time', 9_000_000);
    await bench.clock.advance(3_600_000);
    pool.runs.create(newRun({ name: 'by hand' }));
    inMs('later', 120_000);
    inMs('soon', 60_000);
    const [cancelled] = pool.runLists.list({ limit: 10 }).runs.filter(({ name }) => name.startsWith('cancelled'));
    pool.runs.propose(cancelled?.id ?? '', { type: 'CANCELLED' });
    const listed = pool.runLists.list({ limit: 10 }).runs.map(({ name }) => name);
    expect(listed).to.deep.equal(['by hand', 'cancelled before its time', 'planned an hour ago', 'soon', 'later']);
  });

  it('keep what their worker learns of them', () => {
    const { id } = pool.runs.create(newRun());
    pool.runs.storeInfrastructurePid(id, 'cluster::task');
    pool.runs.storeResult(id, { exitCode: 3 });
    pool.runs.addLabels(id, { a: '1' });
    pool.runs.addLabels(id, { b: '2' });
    const { flowRun, result } = bench.open().runs.view(id);
    expect([flowRun.infrastructurePid, flowRun.labels, result]).to.deep.equal([
      'cluster::task',
      { a: '1', b: '2' },
      { exitCode: 3 },
    ]);
  });

  it('hold a pool or a queue back from being deleted while they are alive', () => {
    pool.pools.createQueue('mine', { name: 'side' });
    const { id } = pool.runs.create(newRun({ workQueueName: 'side' }));
    claimOne(bench.worker().claims, id);
    expect(thrownBy(() => pool.pools.delete('mine'))).to.include({ code: 'WORK_POOL_IN_USE' });
    expect(thrownBy(() => pool.pools.deleteQueue('mine', 'side'))).to.include({ code: 'WORK_POOL_IN_USE' });
    pool.runs.propose(id, { type: 'COMPLETED' });
    pool.pools.deleteQueue('mine', 'side');
    expect(pool.runs.read(id).workQueueName).to.equal('default');
    pool.pools.delete('mine');
    expect(pool.runs.find(id)).to.equal(null);
  });
});
