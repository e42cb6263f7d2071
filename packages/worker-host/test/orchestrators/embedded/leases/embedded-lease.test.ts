import { expect } from 'chai';
import type { EmbeddedLease } from '../../../../src/orchestrators/embedded/leases/embedded-lease.js';
import { codeOf, elsewhere, loseNextCommit, openOrchestrator } from '../support/open-orchestrator.js';
import { PoolBench, rowOf } from '../support/pool-bench.js';

const place = (cluster: string) => ({ account: '1', cluster });

describe('a lease of the embedded pool', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(() => bench.dispose());

  it('of an earlier attempt writes nothing', async () => {
    const { orchestrator, pool, claimNew } = await openOrchestrator(bench);
    const first = await claimNew();
    const { flowRunId } = first.attempt;
    pool.runs.propose(flowRunId, { type: 'SCHEDULED', name: 'AwaitingRetry' });
    const answer = await orchestrator.claim(pool.runs.read(flowRunId));
    const second = answer.claimed ? answer.lease : null;
    await second?.storeInfrastructurePid('task-2');

    expect(await codeOf(first.storeInfrastructurePid('task-1'))).to.equal('LEASE_LOST');
    expect(await codeOf(first.proposeState({ type: 'FAILED' }))).to.equal('LEASE_LOST');

    expect([first.isHeld, second?.isHeld, second?.attempt.id]).to.deep.equal([false, true, '2']);
    expect(pool.runs.read(flowRunId)).to.include({ infrastructurePid: 'task-2', stateType: 'PENDING' });
  });

  it('stores where it launches, and forgets what an earlier relaunch has launched in the same write', async () => {
    const { orchestrator, pool, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    const { flowRunId } = lease.attempt;
    await lease.storeLaunch({ relaunch: 0, place: place('a') });
    await lease.storeInfrastructurePid('task-0');
    await lease.storeLaunch({ relaunch: 0, place: place('a') });
    expect(pool.runs.read(flowRunId).infrastructurePid).to.equal('task-0');

    await lease.storeLaunch({ relaunch: 1, place: place('b') });

    expect(rowOf(pool, flowRunId)).to.include({ infrastructure_pid: null, launch_relaunch: 1 });
    expect(await orchestrator.launchPlaces()).to.deep.equal([place('b'), place('a')]);
  });

  it('hands launch, infrastructure and cursor to the next owner, and a new attempt nothing of them', async () => {
    const first = await openOrchestrator(bench);
    const second = await openOrchestrator(bench);
    const lease = await first.claimNew();
    const { flowRunId } = lease.attempt;
    await lease.storeLaunch({ relaunch: 2, place: place('a') });
    await lease.storeInfrastructurePid('task-2');
    lease.output([{ message: 'line', timestampMs: 1 }], 'after line');
    await first.orchestrator.close();

    const [taken] = await second.orchestrator.takeOverInterruptedRuns({ limit: 1 });

    expect(taken).to.deep.include({
      infrastructurePid: 'task-2',
      launch: { relaunch: 2, place: place('a') },
      outputCursor: 'after line',
    });
    expect(taken?.lease.attempt).to.deep.equal(lease.attempt);
    expect(taken?.lease.fencingToken).to.not.equal(lease.fencingToken);
    second.pool.runs.propose(flowRunId, { type: 'SCHEDULED' });
    await second.orchestrator.claim(second.pool.runs.read(flowRunId));
    expect(rowOf(second.pool, flowRunId)).to.include({
      infrastructure_pid: null,
      launch_relaunch: null,
      launch_place: null,
      output_cursor: null,
    });
  });

  it('keeps the hundred places that were used last', async () => {
    const { orchestrator, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    for (let at = 0; at <= 100; at += 1) await lease.storeLaunch({ relaunch: at, place: place(`c-${at}`) });
    await lease.storeLaunch({ relaunch: 101, place: place('c-50') });

    const places = await orchestrator.launchPlaces();

    expect(places).to.have.length(100);
    expect(places.slice(0, 2)).to.deep.equal([place('c-50'), place('c-100')]);
    expect(places).to.not.deep.include(place('c-0'));
  });

  it('is offered to every worker once it is released, to this one too', async () => {
    const { orchestrator, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    await lease.release('failed');
    await lease.release('worker-stopping');
    expect(await codeOf(lease.label({ a: '1' }))).to.equal('LEASE_LOST');

    const [taken] = await orchestrator.takeOverInterruptedRuns({ limit: 10 });

    expect(taken?.flowRun.id).to.equal(lease.attempt.flowRunId);
    expect([taken?.lease.attempt.id, taken?.lease.isHeld]).to.deep.equal(['1', true]);
  });

  it('that is released unreported is offered after the grace only, or once the run is cancelled', async () => {
    const { orchestrator, pool, claimNew } = await openOrchestrator(bench);
    const leases = [await claimNew(), await claimNew()];
    for (const lease of leases) await lease.release('unreported');
    const offered = async () =>
      (await orchestrator.takeOverInterruptedRuns({ limit: 10 })).map(({ flowRun }) => flowRun.id);
    const [first = '', second = ''] = leases.map(({ attempt }) => attempt.flowRunId);
    expect(await offered()).to.deep.equal([]);
    pool.runs.propose(second, { type: 'CANCELLING' });
    expect(await offered()).to.deep.equal([second]);
    await bench.clock.advance(119_999);
    expect(await offered()).to.deep.equal([]);
    await bench.clock.advance(1);

    expect(await offered()).to.deep.equal([first]);
  });

  it('that was released is offered though the clock was set back a day', async () => {
    const { orchestrator, claimNew } = await openOrchestrator(bench);
    await (await claimNew()).release('unreported');
    bench.clock.set(-86_400_000);

    expect(await orchestrator.takeOverInterruptedRuns({ limit: 10 })).to.have.length(1);
  });

  it('whose release cannot be stored is offered once it could, and not by mistake before its grace', async () => {
    const { orchestrator, pool, logger, claimNew } = await openOrchestrator(bench);
    const other = await openOrchestrator(bench);
    const [failed, unreported] = [await claimNew(), await claimNew()];
    const { database } = pool;
    database.run(
      `CREATE TRIGGER no_release BEFORE UPDATE OF offered_from_ms ON flow_runs WHEN new.offered_from_ms IS NOT NULL
       BEGIN SELECT raise(ABORT, 'by the test'); END`,
    );
    await failed.release('failed');
    await unreported.release('unreported');
    expect(logger.messages('warn')).to.deep.equal([
      'Storing the release of a run failed; retrying with the next heartbeat',
      'Storing the release of a run failed; retrying with the next heartbeat',
    ]);
    expect(await codeOf(orchestrator.takeOverInterruptedRuns({ limit: 10 }))).to.equal('SQLITE_CONSTRAINT_TRIGGER');
    expect(await other.orchestrator.takeOverInterruptedRuns({ limit: 10 })).to.deep.equal([]);
    database.run('DROP TRIGGER no_release');

    await orchestrator.heartbeat();

    const offered = await other.orchestrator.takeOverInterruptedRuns({ limit: 10 });
    expect(offered.map(({ flowRun }) => flowRun.id)).to.deep.equal([failed.attempt.flowRunId]);
    await bench.clock.advance(120_000);
    const later = await other.orchestrator.takeOverInterruptedRuns({ limit: 10 });
    expect(later.map(({ flowRun }) => flowRun.id)).to.deep.equal([unreported.attempt.flowRunId]);
  });

  it('holds for three heartbeats, and each heartbeat moves all of them in one write', async () => {
    const { orchestrator, pool, claimNew } = await openOrchestrator(bench);
    const leases = [await claimNew(), await claimNew()];
    const grantedUntilMs = leases[0]?.expiresAtMs ?? 0;
    expect(grantedUntilMs - bench.clock.monotonicMs()).to.equal(30_000);
    await bench.clock.advance(12_000);
    const changes = () => Number(pool.database.get('SELECT total_changes() AS n')?.n);
    const before = changes();

    await orchestrator.heartbeat();

    expect(changes() - before).to.equal(1);
    expect(leases.map(({ expiresAtMs }) => expiresAtMs - grantedUntilMs)).to.deep.equal([12_000, 12_000]);
  });

  it('that has expired is not revived by a heartbeat, but by a renewal', async () => {
    const { orchestrator, pool, claimNew } = await openOrchestrator(bench);
    const [lease, unrenewed] = [await claimNew(), await claimNew()];
    await bench.clock.advance(30_000);
    await orchestrator.heartbeat();
    expect(lease.expiresAtMs).to.equal(bench.clock.monotonicMs());

    await lease.renew();
    await lease.storeInfrastructurePid('task');

    expect(pool.runs.read(lease.attempt.flowRunId).infrastructurePid).to.equal('task');
    expect(await codeOf(unrenewed.storeInfrastructurePid('task'))).to.equal('LEASE_LOST');
    const taken = await orchestrator.takeOverInterruptedRuns({ limit: 10 });
    expect(taken.map(({ flowRun }) => flowRun.id)).to.deep.equal([unrenewed.attempt.flowRunId]);
  });

  it('renews the worker, so that nobody takes over', async () => {
    const first = await openOrchestrator(bench, { process: elsewhere(1) });
    const second = await openOrchestrator(bench, { process: elsewhere(2) });
    const lease = await first.claimNew();
    await bench.clock.advance(29_000);
    await lease.renew();
    await bench.clock.advance(29_000);
    expect(await second.orchestrator.takeOverInterruptedRuns({ limit: 10 })).to.deep.equal([]);
    await bench.clock.advance(1000);

    expect(await second.orchestrator.takeOverInterruptedRuns({ limit: 10 })).to.have.length(1);
    expect(await codeOf(lease.renew())).to.equal('LEASE_LOST');
    expect(lease.isHeld).to.equal(false);
  });

  it('is seen to be lost when the worker looks for interrupted runs', async () => {
    const first = await openOrchestrator(bench, { process: elsewhere(1) });
    const second = await openOrchestrator(bench, { process: elsewhere(2) });
    const lease = await first.claimNew();
    await bench.clock.advance(30_000);
    await second.orchestrator.heartbeat();
    await second.orchestrator.takeOverInterruptedRuns({ limit: 10 });
    expect(lease.isHeld).to.equal(true);

    await first.orchestrator.heartbeat();
    await first.orchestrator.takeOverInterruptedRuns({ limit: 10 });

    expect(lease.isHeld).to.equal(false);
    expect(await first.orchestrator.ownerOf(first.pool.runs.read(lease.attempt.flowRunId))).to.equal('another');
  });

  it('that was lost is offered to its worker once that has noticed, and not before', async () => {
    const first = await openOrchestrator(bench, { process: elsewhere(1) });
    const second = await openOrchestrator(bench, { process: elsewhere(2) });
    const lease = await first.claimNew();
    await bench.clock.advance(30_000);
    await second.orchestrator.heartbeat();
    await second.orchestrator.takeOverInterruptedRuns({ limit: 10 });
    await second.orchestrator.close();
    expect(await first.orchestrator.takeOverInterruptedRuns({ limit: 10 })).to.deep.equal([]);
    expect(lease.isHeld).to.equal(false);

    const taken = await first.orchestrator.takeOverInterruptedRuns({ limit: 10 });

    expect(taken.map(({ flowRun }) => flowRun.id)).to.deep.equal([lease.attempt.flowRunId]);
  });

  it('is not taken from a process that is stopped on the same machine, however long', async () => {
    const first = await openOrchestrator(bench);
    const second = await openOrchestrator(bench);
    const lease = await first.claimNew();
    await bench.clock.advance(600_000);
    expect(await second.orchestrator.takeOverInterruptedRuns({ limit: 10 })).to.deep.equal([]);

    await lease.renew();
    await lease.proposeState({ type: 'RUNNING' });

    expect(first.pool.runs.read(lease.attempt.flowRunId).stateType).to.equal('RUNNING');
  });

  it('accepts a final state again whose answer was lost, once', async () => {
    const { pool, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    loseNextCommit(pool);
    expect(String(await codeOf(lease.proposeState({ type: 'COMPLETED' })))).to.contain('after the commit');

    expect(await lease.proposeState({ type: 'COMPLETED' })).to.deep.include({ status: 'ACCEPT' });

    const names = pool.runs.states(lease.attempt.flowRunId).map(({ name }) => name);
    expect(names).to.deep.equal(['Scheduled', 'Pending', 'Completed']);
    expect(await codeOf(lease.proposeState({ type: 'COMPLETED' }))).to.equal('LEASE_LOST');
  });

  it('of a claim whose answer was lost is granted again for the same attempt', async () => {
    const { orchestrator, pool, claimNew } = await openOrchestrator(bench);
    const { attempt } = await claimNew();
    pool.runs.propose(attempt.flowRunId, { type: 'SCHEDULED' });
    loseNextCommit(pool);
    const run = pool.runs.read(attempt.flowRunId);
    expect(String(await codeOf(orchestrator.claim(run)))).to.contain('after the commit');

    const answer = await orchestrator.claim(run);

    expect(answer.claimed && answer.lease.attempt.id).to.equal('2');
    expect(pool.runs.states(run.id).filter(({ type }) => type === 'PENDING')).to.have.length(2);
  });

  it('is seen to be lost when its run was scheduled again', async () => {
    const { orchestrator, pool, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    pool.runs.propose(lease.attempt.flowRunId, { type: 'SCHEDULED' });

    await orchestrator.takeOverInterruptedRuns({ limit: 10 });

    expect(lease.isHeld).to.equal(false);
  });

  it('is lost with the reason when its run was deleted or made final', async () => {
    const { pool, claimNew } = await openOrchestrator(bench);
    const [deleted, final] = [await claimNew(), await claimNew()];
    pool.database.run('DELETE FROM flow_runs WHERE id = ?', deleted.attempt.flowRunId);
    pool.runs.propose(final.attempt.flowRunId, { type: 'FAILED' });

    const lost = await Promise.all(
      [deleted, final].map((lease) =>
        lease.proposeState({ type: 'COMPLETED' }).catch((error: unknown) => String(error)),
      ),
    );

    expect(lost[0]).to.contain('it was deleted');
    expect(lost[1]).to.contain('it is now Failed');
  });

  it('stays held after a state that was refused', async () => {
    const { claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    await lease.proposeState({ type: 'RUNNING' });

    expect(await lease.proposeState({ type: 'PENDING' })).to.have.property('status', 'REJECT');
    expect(await lease.proposeState({ type: 'COMPLETED' })).to.have.property('status', 'ACCEPT');
    expect(lease.isHeld).to.equal(false);
  });

  it('gives up its run with SCHEDULED once, and writes nothing afterwards', async () => {
    const { claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    await lease.proposeState({ type: 'SCHEDULED', name: 'AwaitingRetry' });

    const error = await lease.proposeState({ type: 'SCHEDULED' }).catch(String);

    expect(error).to.contain('it is now AwaitingRetry');
  });

  it('writes nothing from the moment on in which it expires', async () => {
    const { claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    await bench.clock.advance(29_999);
    await lease.label({ a: '1' });
    await bench.clock.advance(1);

    expect(await lease.label({ a: '2' }).catch(String)).to.contain('its lease has expired');
  });

  it('is released once, and keeps that reason', async () => {
    const { pool, claimNew } = await openOrchestrator(bench);
    const lease = (await claimNew()) as EmbeddedLease;
    await lease.release('failed');
    const { write } = pool.database;
    let writes = 0;
    pool.database.write = (act, options) => {
      writes += 1;
      return write.call(pool.database, act, options) as never;
    };

    await lease.release('failed');
    lease.lose();

    expect(writes).to.equal(0);
    expect(await lease.label({ a: '1' }).catch(String)).to.contain('it was released');
  });

  it('is lost to another owner with that reason', async () => {
    const first = await openOrchestrator(bench, { process: elsewhere(1) });
    const second = await openOrchestrator(bench, { process: elsewhere(2) });
    const lease = await first.claimNew();
    await bench.clock.advance(29_000);
    await lease.renew();
    first.pool.database.run('DELETE FROM workers WHERE name LIKE ?', 'w-%');
    await second.orchestrator.takeOverInterruptedRuns({ limit: 10 });

    expect(await lease.label({ a: '1' }).catch(String)).to.contain('another worker owns it');
    expect(await lease.label({ a: '1' }).catch(String)).to.contain('another worker owns it');
  });

  it('is not lost where the database cannot say whether it is held', async () => {
    const { pool, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    const failure = new Error('by the test');
    const { all } = pool.database;
    pool.database.all = () => {
      throw failure;
    };
    expect(await codeOf(lease.label({ a: '1' }))).to.equal(failure);
    pool.database.all = all;

    await lease.label({ a: '1' });
    expect(lease.isHeld).to.equal(true);
  });
});
