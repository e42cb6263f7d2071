import { OrchestratorUnavailableError } from '@worker-host/core';
import { expect } from 'chai';
import { decideStray } from '../../src/host/recovery.js';
import { settle } from './support/fake-clock.js';
import { aFlowRun, createSubject } from './support/subject.js';

const ours = { 'prefect.worker.name': 'w' };

describe('recovery', () => {
  it('launches a run that has no infrastructure yet, as one that may have been launched', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'PENDING' }));
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a', 'seven') });

    await start();

    expect(worker.last.how).to.equal('run');
    expect(worker.last.context).to.deep.include({ mayHaveLaunched: true, relaunch: 0 });
    expect(worker.last.context.attempt.id).to.equal('seven');
    host.stop();
  });

  it('watches a run that lives, from where its output was copied to', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a' }));
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a'), outputCursor: 'c9' });

    await start();
    expect(worker.last).to.deep.include({ how: 'resume', pid: 'pid-a' });
    expect(worker.last.context.outputCursor).to.equal('c9');
    worker.last.end(5);
    await settle();

    expect(orchestrator.lastState('a')?.name).to.equal('Failed');
    host.stop();
  });

  it('watches a run whose deployment is gone', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    const flowRun = aFlowRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a', deploymentId: 'gone' });
    orchestrator.interrupted.push({ flowRun: orchestrator.add(flowRun), attempt: orchestrator.attempt('a') });

    await start();

    expect(worker.last.how).to.equal('resume');
    host.stop();
  });

  it('waits for a control plane that is away rather than watch a run with the configuration of the pool', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a' }));
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a') });
    orchestrator.failWith((call) =>
      call === 'readFlow' ? new OrchestratorUnavailableError('Reading a flow', 'here') : null,
    );

    await start();
    expect(worker.jobs).to.deep.equal([]);
    orchestrator.failWith(() => null);
    await clock.advance(5_000);

    expect(worker.last.how).to.equal('resume');
    host.stop();
  });

  it('launches nothing again for a run whose own configuration cannot be had any more', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ relaunchLimit: 2 });
    const flowRun = aFlowRun({ id: 'a', stateType: 'PENDING', infrastructurePid: 'pid-a', deploymentId: 'gone' });
    orchestrator.interrupted.push({ flowRun: orchestrator.add(flowRun), attempt: orchestrator.attempt('a') });
    await start();

    worker.last.end(-1, { relaunchable: true, userCodeRan: 'no', exitCode: null });
    await clock.advance(30_000);

    expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['resume']);
    expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
    host.stop();
  });

  it('relaunches a job that failed while nobody watched, counting on from its own count', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ relaunchLimit: 2 });
    const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'PENDING', infrastructurePid: 'pid-a' }));
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a') });
    await start();

    worker.last.end(-1, { relaunchable: true, userCodeRan: 'no', exitCode: null, relaunch: 1 });
    await clock.advance(30_000);

    expect(worker.last.context.relaunch).to.equal(2);
    host.stop();
  });

  it('relaunches a job it took up as one that may be launched already, but not before the job had ended', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ relaunchLimit: 1 });
    const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'PENDING', infrastructurePid: 'pid-a' }));
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a') });
    await start();
    await clock.advance(3 * 3_600_000);

    const endedAtMs = clock.nowMs() - 60_000;
    worker.last.end(-1, { relaunchable: true, userCodeRan: 'no', exitCode: null, endedAtMs });
    await clock.advance(30_000);

    expect(worker.last.context).to.deep.include({ relaunch: 1, mayHaveLaunched: true });
    expect(worker.last.context.attempt.startedAtMs).to.equal(endedAtMs);
    host.stop();
  });

  it('tells the reason where the worker type cannot resume', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    worker.capabilities = { canKill: true, canResume: false, canList: false };
    const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a' }));
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a') });

    await start();

    expect(orchestrator.lastState('a')?.name).to.equal('Crashed');
    expect(orchestrator.lastState('a')?.message).to.match(/pid-a.*left as it is/);
    host.stop();
  });

  it('takes up what is left behind later, and never a run it has in hand', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ recoverySeconds: 60 });
    const running = orchestrator.add(aFlowRun({ id: 'mine' }));
    await start();
    const flowRun = orchestrator.add(aFlowRun({ id: 'dead', stateType: 'PENDING' }));
    orchestrator.interrupted.push(
      { flowRun, attempt: orchestrator.attempt('dead') },
      { flowRun: running, attempt: orchestrator.attempt('mine') },
    );

    await clock.advance(75_000);

    expect(worker.jobs.map((job) => job.flowRun.id)).to.deep.equal(['mine', 'dead']);
    host.stop();
  });

  for (const [title, stateType, alive, expected] of [
    ['launches a repeated attempt of which nothing lives', 'PENDING', [], ['run']],
    ['watches what was launched for a repeated attempt', 'PENDING', ['now'], ['resume pid-now']],
    [
      'watches what the id of a running run names when nothing else lives',
      'RUNNING',
      ['before'],
      ['resume pid-before'],
    ],
  ] as const)
    it(`${title}, although the id that is stored may be of an earlier one`, async () => {
      const { start, orchestrator, worker, host } = createSubject();
      const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType, infrastructurePid: 'pid-before' }));
      orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a', 'now'), isPidDoubtful: true });
      worker.alive = alive.map((attemptId) => ({ infrastructurePid: `pid-${attemptId}`, flowRunId: 'a', attemptId }));

      await start();

      expect(worker.jobs.map(({ how, pid }) => (how === 'run' ? how : `${how} ${pid}`))).to.deep.equal(expected);
      host.stop();
    });

  it('stops an orphan whose run is final when it sees it twice', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ reconcileSeconds: 300 });
    orchestrator.add(aFlowRun({ id: 'a', stateType: 'COMPLETED' }));
    worker.alive = [{ infrastructurePid: 'orphan', flowRunId: 'a', attemptId: 'x' }];

    await start();
    expect(worker.kills).to.deep.equal([]);
    await clock.advance(400_000);

    expect(worker.kills).to.deep.equal(['orphan']);
    host.stop();
  });

  it("leaves jobs of a pool of the same name in another control plane alone, and stops a deleted run's own", async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ reconcileSeconds: 300 });
    const poolId = orchestrator.pool?.id ?? '';
    worker.alive = [
      { infrastructurePid: 'foreign', flowRunId: 'a', attemptId: 'x', workPoolId: 'another-id' },
      { infrastructurePid: 'unknown', flowRunId: 'b', attemptId: 'x' },
      { infrastructurePid: 'own', flowRunId: 'c', attemptId: 'x', workPoolId: poolId },
    ];

    await start();
    await clock.advance(3_000_000);

    expect(new Set(worker.kills)).to.deep.equal(new Set(['own']));
    host.stop();
  });

  it('adopts a job of its own that nobody watches', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a', stateType: 'RUNNING', labels: ours }));
    worker.alive = [{ infrastructurePid: 'mine', flowRunId: 'a', attemptId: 'x' }];

    await start();

    expect(worker.last).to.deep.include({ how: 'resume', pid: 'mine' });
    host.stop();
  });

  const cases = [
    ['deleted', null, 'stop', true],
    ['not known, and perhaps of another control plane', null, 'leave', false],
    ['final', aFlowRun({ id: 'a', stateType: 'CRASHED', labels: ours }), 'stop'],
    ['scheduled again', aFlowRun({ id: 'a', labels: ours }), 'leave'],
    ['paused', aFlowRun({ id: 'a', stateType: 'PAUSED', labels: ours }), 'leave'],
    ['running and ours', aFlowRun({ id: 'a', stateType: 'RUNNING', labels: ours }), 'adopt'],
    ['cancelling and ours', aFlowRun({ id: 'a', stateType: 'CANCELLING', labels: ours }), 'adopt'],
    ["running and another's", aFlowRun({ id: 'a', stateType: 'RUNNING' }), 'leave'],
  ] as const;
  for (const [name, run, expected, isSurelyOfPool = true] of cases)
    it(`would ${expected} a stray whose run is ${name}`, () => {
      expect(decideStray(run, 'w', isSurelyOfPool)).to.equal(expected);
    });
});
