import type { FlowRun, JsonObject, RunLease, StateProposal } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import type { JobPolicy } from '../../../../src/orchestrators/embedded/runs/job-policy.js';
import { RunLogs } from '../../../../src/orchestrators/embedded/runs/run-logs.js';
import { codeOf, loseNextCommit, type OpenedOrchestrator, openOrchestrator } from '../support/open-orchestrator.js';
import { newRun, PoolBench, rowOf } from '../support/pool-bench.js';

const THREE: JobPolicy = { retries: { attempts: 3, delaySeconds: 60, jitter: 0 } };

describe('retries and time limits of runs', () => {
  let bench: PoolBench;
  let worker: OpenedOrchestrator;
  beforeEach(async () => {
    bench = new PoolBench();
    bench.openWithPool().close();
    worker = await openOrchestrator(bench, { heartbeatIntervalSeconds: 3600 });
  });
  afterEach(() => bench.dispose());

  const make = (policy: JobPolicy | null): FlowRun => worker.pool.runs.create(newRun({ policy }));
  const claim = async ({ id }: FlowRun): Promise<RunLease> => {
    const answer = await worker.orchestrator.claim(worker.pool.runs.read(id));
    if (!answer.claimed) throw new Error(answer.reason);
    return answer.lease;
  };
  const end = async (
    run: FlowRun,
    {
      exitCode = 1,
      proposal = { type: 'FAILED', message: 'The job failed' },
    }: { exitCode?: number; proposal?: StateProposal } = {},
  ): Promise<void> => {
    const lease = await claim(run);
    await lease.storeInfrastructurePid(`task-${lease.attempt.id}`);
    await lease.proposeState({ type: 'RUNNING' });
    await lease.storeResult({ exitCode, diagnosis: null });
    expect((await lease.proposeState(proposal)).status).to.equal('ACCEPT');
    expect(lease.isHeld).to.equal(false);
  };
  const stateOf = ({ id }: FlowRun) => worker.pool.runs.read(id).stateName;
  const due = (): readonly string[] => worker.pool.due.list('mine', [], bench.nowMs, null).map(({ id }) => id);

  it('try a failed run again after a wait, until the attempts are used up', async () => {
    const run = make(THREE);
    await end(run);
    expect(stateOf(run)).to.equal('AwaitingRetry');
    expect(due()).to.deep.equal([]);
    await bench.clock.advance(60_000);
    expect(due()).to.deep.equal([run.id]);
    await end(run);
    expect(worker.pool.runs.read(run.id).nextScheduledStartTime).to.equal(
      new Date(bench.nowMs + 120_000).toISOString(),
    );
    await end(run);

    expect(stateOf(run)).to.equal('Failed');
    const { states, attempts } = worker.pool.runs.view(run.id);
    expect(states.map(({ name }) => name).join(' ')).to.equal(
      'Scheduled Pending Running Failed AwaitingRetry Pending Running Failed AwaitingRetry Pending Running Failed',
    );
    expect(states[4]?.message).to.equal('Attempt 2 of 3 follows');
    expect(
      attempts.map(({ number, stateName, infrastructurePid, result }) => [
        number,
        stateName,
        infrastructurePid,
        result?.exitCode,
      ]),
    ).to.deep.equal([1, 2, 3].map((number) => [number, 'Failed', `task-${number}`, 1]));
  });

  it('keep the log of each attempt', async () => {
    const run = make(THREE);
    for (const text of ['first', 'second']) {
      const lease = await claim(run);
      lease.output([{ message: text, timestampMs: 1 }]);
      await lease.storeResult({ exitCode: 1 });
      await lease.proposeState({ type: 'FAILED' });
    }
    const logs = new RunLogs(worker.pool.database, new RecordingLogger());
    const read = (attempt?: number) => logs.read(run.id, { limit: 10, attempt }).map(({ message }) => message);
    expect([read(), read(1), read(2), read(3)]).to.deep.equal([['first', 'second'], ['first'], ['second'], []]);
  });

  const ends: readonly (readonly [
    what: string,
    policy: JobPolicy | null,
    exitCode: number,
    type: 'FAILED' | 'CRASHED',
    state: string,
  ])[] = [
    ['crashed', THREE, 1, 'CRASHED', 'AwaitingRetry'],
    ['of a rule for failure', { ...THREE, rules: [{ exitCodes: '1', action: 'fail' }] }, 1, 'FAILED', 'Failed'],
    ['of a rule for success', { ...THREE, rules: [{ exitCodes: '3', action: 'complete' }] }, 3, 'FAILED', 'Completed'],
    ['without attempts', { rules: [{ exitCodes: '1', action: 'retry' }] }, 1, 'FAILED', 'Failed'],
    ['without a policy', null, 1, 'FAILED', 'Failed'],
  ];
  for (const [what, policy, exitCode, type, state] of ends)
    it(`make ${state} of an end ${what}`, async () => {
      const run = make(policy);
      await end(run, { exitCode, proposal: { type, message: 'it ended' } });
      expect(stateOf(run)).to.equal(state);
    });

  it('do not try again what was cancelled, nor what was not launched, nor what was made final from outside', async () => {
    const cancelled = make(THREE);
    const lease = await claim(cancelled);
    worker.pool.runs.propose(cancelled.id, { type: 'CANCELLING' });
    await lease.storeResult({ exitCode: 1 });
    await lease.proposeState({ type: 'FAILED' });
    const refused = make(THREE);
    await (await claim(refused)).proposeState({ type: 'CRASHED', message: 'refused' });
    const outside = make(THREE);
    await claim(outside);
    worker.pool.runs.propose(outside.id, { type: 'FAILED', force: true });

    expect([cancelled, refused, outside].map(stateOf)).to.deep.equal(['Failed', 'Crashed', 'Failed']);
  });

  it('answer a proposal again whose answer was lost, and begin one retry', async () => {
    const run = make(THREE);
    const lease = await claim(run);
    await lease.storeResult({ exitCode: 1 });
    loseNextCommit(worker.pool);
    expect(await codeOf(lease.proposeState({ type: 'FAILED' }))).to.not.equal('none');

    const answer = await lease.proposeState({ type: 'FAILED' });

    expect(answer).to.deep.include({ status: 'ACCEPT' });
    expect(answer.state?.type).to.equal('FAILED');
    expect(worker.pool.runs.states(run.id).filter(({ name }) => name === 'AwaitingRetry')).to.have.length(1);
    expect(rowOf(worker.pool, run.id)).to.include({ retries: 1 });
  });

  it('fence what an earlier attempt still writes', async () => {
    const run = make(THREE);
    const first = await claim(run);
    await first.storeResult({ exitCode: 1 });
    await first.proposeState({ type: 'FAILED' });
    const second = await claim(run);

    expect(await codeOf(first.storeResult({ exitCode: 0 }))).to.equal('LEASE_LOST');
    await second.storeResult({ exitCode: 7 });
    expect(
      worker.pool.runs.view(run.id).attempts.map(({ result }: { result: JsonObject | null }) => result?.exitCode),
    ).to.deep.equal([1, 7]);
  });

  it('end a run that waited longer than its queue limit, and no other', async () => {
    const run = make({ limits: { queueSeconds: 60 } });
    const later = worker.pool.runs.create(
      newRun({ policy: { limits: { queueSeconds: 60 } }, scheduledForMs: bench.nowMs + 60_000 }),
    );
    await bench.clock.advance(60_000);

    expect([run, later].map(stateOf)).to.deep.equal(['Expired', 'Scheduled']);
    expect(worker.pool.runs.read(run.id).state?.message).to.contain('within its queue limit of 60 s');
  });

  for (const [limit, isRunning] of [
    ['startSeconds', false],
    ['runSeconds', true],
  ] as const)
    it(`have the own worker stop an attempt beyond ${limit}, which ends TimedOut and is tried again`, async () => {
      const run = make({ ...THREE, limits: { [limit]: 30 } });
      const lease = await claim(run);
      if (isRunning) {
        await bench.clock.advance(29_000);
        await lease.proposeState({ type: 'RUNNING' });
      }
      await bench.clock.advance(29_000);
      expect(worker.listener.cancelling).to.deep.equal([]);
      await bench.clock.advance(2000);
      expect(worker.listener.cancelling).to.include(run.id);

      await lease.storeResult({ exitCode: 143 });
      await lease.proposeState({
        type: 'CANCELLED',
        force: true,
        message: 'Cancelled; its infrastructure was stopped.',
      });

      const { states } = worker.pool.runs.view(run.id);
      expect(states.slice(-2).map(({ type, name }) => [type, name])).to.deep.equal([
        ['FAILED', 'TimedOut'],
        ['SCHEDULED', 'AwaitingRetry'],
      ]);
      expect(states.at(-2)?.message).to.contain(`limit of 30 s`);
      expect(rowOf(worker.pool, run.id)).to.include({ time_limit: null, deadline_ms: null });
    });

  it('leave a run alone that was within its limits', async () => {
    const run = make({ limits: { startSeconds: 30, runSeconds: 30 } });
    const lease = await claim(run);
    await bench.clock.advance(20_000);
    await lease.proposeState({ type: 'RUNNING' });
    await bench.clock.advance(20_000);
    await lease.proposeState({ type: 'COMPLETED' });
    await bench.clock.advance(60_000);

    expect(stateOf(run)).to.equal('Completed');
  });

  it('have the own worker cancel the oldest run for a limit', async () => {
    const concurrency = { key: 'db', rule: { most: 1, onLimit: 'cancel-oldest' } } as const;
    const first = worker.pool.runs.create(newRun({ concurrency }));
    await claim(first);
    worker.pool.runs.create(newRun({ concurrency }));
    await bench.clock.advance(500);

    expect(worker.listener.cancelling).to.include(first.id);
  });
});
