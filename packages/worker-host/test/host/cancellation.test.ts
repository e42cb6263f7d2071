import { InfrastructureNotFound } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createSubject, type Subject } from './support/subject.js';

async function cancel({ pool }: Subject, flowRunId: string): Promise<void> {
  pool.cancel(flowRunId);
  await settle();
}

for (const hostReportsStates of [true, false])
  describe(`cancellation (host reports states: ${hostReportsStates})`, () => {
    const options = { hostReportsStates };

    it('stops a running job and ends the run Cancelled', async () => {
      const subject = createSubject({}, options);
      const { pool, orchestrator, worker, host } = subject;
      pool.addRun({ id: 'a' });
      await subject.start();

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal([worker.last.pid]);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      expect(host.status.runs).to.deep.equal([]);
      host.stop();
    });

    it('between claim and launch launches nothing', async () => {
      const subject = createSubject({}, options);
      const { pool, orchestrator, worker, host } = subject;
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      worker.onRun = async () => await held;
      pool.addRun({ id: 'a' });
      await subject.start();

      await cancel(subject, 'a');
      release();
      await settle();

      expect(worker.jobs).to.have.length(0);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('is repeated until the infrastructure takes the order', async () => {
      const subject = createSubject({}, options);
      const { pool, orchestrator, worker, host, clock } = subject;
      worker.onKill = async () => {
        if (worker.kills.length < 4) throw new Error('throttled');
      };
      pool.addRun({ id: 'a' });
      await subject.start();

      await cancel(subject, 'a');
      expect(pool.lastState('a')?.name).to.equal('Cancelling');
      await clock.advance(60_000);

      expect(worker.kills).to.have.length(4);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('takes infrastructure that is gone for stopped', async () => {
      const subject = createSubject({}, options);
      const { pool, orchestrator, worker, host, clock } = subject;
      worker.onKill = async (pid) => Promise.reject(new InfrastructureNotFound(pid, 'gone'));
      pool.addRun({ id: 'a' });
      await subject.start();

      await cancel(subject, 'a');
      await clock.advance(60_000);
      worker.last.fail(new InfrastructureNotFound('pid', 'gone'));
      await settle();

      expect(new Set(worker.kills)).to.deep.equal(new Set([worker.last.pid]));
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of a run left behind without an id finds the job and stops it', async () => {
      const subject = createSubject({}, options);
      const { pool, orchestrator, worker, host } = subject;
      pool.addRun({ id: 'a', stateType: 'CANCELLING' });
      worker.alive = [{ infrastructurePid: 'found', flowRunId: 'a', attemptId: null }];

      await subject.start();
      await settle();

      expect(worker.kills).to.deep.equal(['found']);
      expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['resume']);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of a run left behind of which nothing was launched ends it Cancelled', async () => {
      const subject = createSubject({}, options);
      const { pool, orchestrator, worker, host } = subject;
      pool.addRun({ id: 'a', stateType: 'CANCELLING' });

      await subject.start();

      expect(worker.jobs).to.have.length(0);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of a run that nobody alive owns takes it over, also when its deployment is gone', async () => {
      const subject = createSubject({ recoverySeconds: 1000 }, options);
      const { pool, worker, host } = subject;
      await subject.start();
      pool.addRun({ id: 'a', stateType: 'RUNNING', deploymentId: 'gone', infrastructurePid: 'pid-a' });

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal(['pid-a']);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it("leaves another worker's run to it", async () => {
      const owner = createSubject({ workerName: 'other' }, options);
      const subject = createSubject({}, { ...options, others: owner });
      const { pool, worker, host } = subject;
      pool.addRun({ id: 'a' });
      await owner.start();
      owner.orchestrator.pause();
      await subject.start();

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal([]);
      expect(pool.lastState('a')?.name).to.equal('Cancelling');
      host.stop();
    });

    it('leaves a job alone that its worker type cannot stop, and tells its end', async () => {
      const subject = createSubject({}, options);
      const { pool, orchestrator, worker, host } = subject;
      worker.capabilities = { canKill: false, canResume: true, canList: false };
      pool.addRun({ id: 'a' });
      await subject.start();

      await cancel(subject, 'a');
      expect(pool.lastState('a')?.name).to.equal('Cancelling');
      worker.last.end(143, { stopRequested: true });
      await settle();

      expect(worker.kills).to.deep.equal([]);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });
  });

describe('a teardown', () => {
  it('stops what is named, whatever the state of the run, and tells a failure', async () => {
    const { start, pool, orchestrator, worker, host } = createSubject();
    await start();
    pool.addRun({ id: 'a', stateType: 'CANCELLED' });

    await pool.teardown('a', 'pid-a');
    expect(worker.kills).to.deep.equal(['pid-a']);
    worker.onKill = async () => Promise.reject(new Error('refused'));
    const failure = await pool.teardown('a', 'pid-a').catch((error: unknown) => error);

    expect(failure).to.have.property('message', 'refused');
    host.stop();
  });

  it('of a deleted run finds its job among what lives', async () => {
    const { start, pool, orchestrator, worker, host } = createSubject();
    worker.alive = [{ infrastructurePid: 'found', flowRunId: 'a', attemptId: null }];
    await start();

    await pool.teardown('a', null);

    expect(worker.kills).to.deep.equal(['found']);
    host.stop();
  });
});
