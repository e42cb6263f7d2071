import { InfrastructureNotFound } from '@worker-host/core';
import { expect } from 'chai';
import { settle } from './support/fake-clock.js';
import { aFlowRun, createSubject, type Subject } from './support/subject.js';

async function cancel({ orchestrator }: Subject, flowRunId: string): Promise<void> {
  orchestrator.put(flowRunId, 'CANCELLING');
  orchestrator.listener?.onCancelling(flowRunId);
  await settle();
}

for (const hostReportsStates of [true, false])
  describe(`cancellation (host reports states: ${hostReportsStates})`, () => {
    const options = { hostReportsStates };

    it('stops a running job and ends the run Cancelled', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host } = subject;
      orchestrator.add(aFlowRun({ id: 'a' }));
      await subject.start();

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal([worker.last.pid]);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      expect(host.status.runs).to.deep.equal([]);
      host.stop();
    });

    it('between claim and launch launches nothing', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host } = subject;
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      worker.onRun = async () => await held;
      orchestrator.add(aFlowRun({ id: 'a' }));
      await subject.start();

      await cancel(subject, 'a');
      release();
      await settle();

      expect(worker.jobs).to.have.length(0);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('is repeated until the infrastructure takes the order', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host, clock } = subject;
      worker.onKill = async () => {
        if (worker.kills.length < 4) throw new Error('throttled');
      };
      orchestrator.add(aFlowRun({ id: 'a' }));
      await subject.start();

      await cancel(subject, 'a');
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelling');
      await clock.advance(60_000);

      expect(worker.kills).to.have.length(4);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('takes infrastructure that is gone for stopped', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host, clock } = subject;
      worker.onKill = async (pid) => Promise.reject(new InfrastructureNotFound(pid, 'gone'));
      orchestrator.add(aFlowRun({ id: 'a' }));
      await subject.start();

      await cancel(subject, 'a');
      await clock.advance(60_000);
      worker.last.fail(new InfrastructureNotFound('pid', 'gone'));
      await settle();

      expect(worker.kills).to.have.length(1);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of a run left behind without an id finds the job and stops it', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host } = subject;
      const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'CANCELLING' }));
      orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a') });
      worker.alive = [{ infrastructurePid: 'found', flowRunId: 'a', attemptId: 'attempt' }];

      await subject.start();
      await settle();

      expect(worker.kills).to.deep.equal(['found']);
      expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['resume']);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of a run left behind of which nothing was launched ends it Cancelled', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host } = subject;
      const flowRun = orchestrator.add(aFlowRun({ id: 'a', stateType: 'CANCELLING' }));
      orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a') });

      await subject.start();

      expect(worker.jobs).to.have.length(0);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of a run not in hand stops what it left, also when its deployment is gone', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host } = subject;
      await subject.start();
      const labels = { 'prefect.worker.name': 'w' };
      orchestrator.add(aFlowRun({ id: 'a', deploymentId: 'gone', infrastructurePid: 'pid-a', labels }));

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal(['pid-a']);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it("leaves another worker's run to it", async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host } = subject;
      await subject.start();
      const labels = { 'prefect.worker.name': 'other' };
      orchestrator.add(aFlowRun({ id: 'a', infrastructurePid: 'pid-a', labels }));

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal([]);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelling');
      host.stop();
    });

    it('leaves a job alone that its worker type cannot stop, and tells its end', async () => {
      const subject = createSubject({}, options);
      const { orchestrator, worker, host } = subject;
      worker.capabilities = { canKill: false, canResume: true, canList: false };
      orchestrator.add(aFlowRun({ id: 'a' }));
      await subject.start();

      await cancel(subject, 'a');
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelling');
      worker.last.end(143, { stopRequested: true });
      await settle();

      expect(worker.kills).to.deep.equal([]);
      expect(orchestrator.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });
  });

describe('a teardown', () => {
  it('stops what is named, whatever the state of the run, and tells a failure', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    await start();
    orchestrator.add(aFlowRun({ id: 'a', stateType: 'CANCELLED' }));

    await orchestrator.listener?.onTeardown({ flowRunId: 'a', infrastructurePid: 'pid-a' });
    expect(worker.kills).to.deep.equal(['pid-a']);
    worker.onKill = async () => Promise.reject(new Error('refused'));
    const failure = await orchestrator.listener
      ?.onTeardown({ flowRunId: 'a', infrastructurePid: 'pid-a' })
      .catch((error: unknown) => error);

    expect(failure).to.have.property('message', 'refused');
    host.stop();
  });

  it('of a deleted run finds its job among what lives', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    worker.alive = [{ infrastructurePid: 'found', flowRunId: 'a', attemptId: null }];
    await start();

    await orchestrator.listener?.onTeardown({ flowRunId: 'a', infrastructurePid: null });

    expect(worker.kills).to.deep.equal(['found']);
    host.stop();
  });
});
