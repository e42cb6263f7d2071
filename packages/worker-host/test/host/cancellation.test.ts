import { InfrastructureNotFound, type StateType, usualStateName } from '@worker-host/core';
import { type FakePool, settle } from '@worker-host/testing';
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
      const { pool, worker, host } = subject;
      pool.addRun({ id: 'a' });
      await subject.start();

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal([worker.last.pid]);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      expect(host.status.runs).to.deep.equal([]);
      host.stop();
    });

    it('between claim and launch prevents the launch', async () => {
      const subject = createSubject({}, options);
      const { pool, worker, host } = subject;
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

    it('is repeated until the infrastructure accepts the stop', async () => {
      const subject = createSubject({}, options);
      const { pool, worker, host, clock } = subject;
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

    it('treats missing infrastructure as stopped', async () => {
      const subject = createSubject({}, options);
      const { pool, worker, host, clock } = subject;
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

    it('of an orphaned run without an id finds the job and stops it', async () => {
      const subject = createSubject({}, options);
      const { pool, worker, host } = subject;
      pool.addRun({ id: 'a', stateType: 'CANCELLING' });
      worker.alive = [{ infrastructurePid: 'found', flowRunId: 'a', attemptId: null }];

      await subject.start();
      await settle();

      expect(worker.kills).to.deep.equal(['found']);
      expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['resume']);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of an orphaned run that was never launched ends it Cancelled', async () => {
      const subject = createSubject({}, options);
      const { pool, worker, host } = subject;
      pool.addRun({ id: 'a', stateType: 'CANCELLING' });

      await subject.start();

      expect(worker.jobs).to.have.length(0);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it('of a run without a live owner takes it over, also if its deployment was deleted', async () => {
      const subject = createSubject({ recoverySeconds: 1000 }, options);
      const { pool, worker, host } = subject;
      await subject.start();
      pool.addRun({ id: 'a', stateType: 'RUNNING', deploymentId: 'gone', infrastructurePid: 'pid-a' });

      await cancel(subject, 'a');

      expect(worker.kills).to.deep.equal(['pid-a']);
      expect(pool.lastState('a')?.name).to.equal('Cancelled');
      host.stop();
    });

    it("does not affect another worker's run", async () => {
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

    it('does not touch a job that its worker type cannot stop, and reports its end', async () => {
      const subject = createSubject({}, options);
      const { pool, worker, host } = subject;
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

describe('the end that a job reports when it is stopped', () => {
  const OPTIONS = { hostReportsStates: false };
  const SETTINGS = { reconcileSeconds: 10, heartbeatSeconds: 5 };

  /** A job reports this end when it is stopped; a minute passes until its task has stopped. */
  function reportsWhenStopped({ pool, worker, clock }: Subject, type: StateType): void {
    worker.onKill = async () => {
      if (worker.kills.length > 1) return;
      pool.put('a', type);
      await clock.sleep(60_000);
    };
  }

  async function create(type: StateType = 'CRASHED'): Promise<Subject> {
    const subject = createSubject(SETTINGS, OPTIONS);
    reportsWhenStopped(subject, type);
    subject.pool.addRun({ id: 'a' });
    await subject.start();
    subject.pool.put('a', 'RUNNING');
    return subject;
  }

  it('is a crash that becomes Cancelled if the run was cancelled', async () => {
    const subject = await create();
    const { pool, clock, host } = subject;

    await cancel(subject, 'a');
    await clock.advance(70_000);

    const names = ['Scheduled', 'Pending', 'Submitting', 'Running', 'Cancelling', 'Crashed', 'Cancelled'];
    expect(pool.stateNames('a')).to.deep.equal(names);
    expect(host.status.runs).to.deep.equal([]);
    host.stop();
  });

  it('is a crash that becomes Cancelled if reconciliation detected the cancellation first', async () => {
    const { pool, clock, host, orchestrator } = await create();
    orchestrator.mute();

    pool.cancel('a');
    await clock.advance(90_000);

    expect(pool.stateNames('a').slice(-3)).to.deep.equal(['Cancelling', 'Crashed', 'Cancelled']);
    host.stop();
  });

  it('is a crash that becomes Cancelled if the run was taken over while it was cancelled', async () => {
    const subject = createSubject(SETTINGS, OPTIONS);
    const { pool, clock, host } = subject;
    reportsWhenStopped(subject, 'CRASHED');
    pool.addRun({ id: 'a', stateType: 'CANCELLING', infrastructurePid: 'pid-a' });

    await subject.start();
    await clock.advance(70_000);

    expect(pool.stateNames('a').slice(-2)).to.deep.equal(['Crashed', 'Cancelled']);
    host.stop();
  });

  it('is a crash that becomes Cancelled if the control plane requested the teardown of the run', async () => {
    const { pool, clock, host, orchestrator, worker } = await create();
    orchestrator.mute();
    pool.cancel('a');
    pool.put('a', 'CANCELLED');

    const torn = pool.teardown('a', worker.last.pid);
    await clock.advance(70_000);
    await torn;

    expect(pool.stateNames('a').slice(-3)).to.deep.equal(['Cancelled', 'Crashed', 'Cancelled']);
    host.stop();
  });

  it('is a crash that becomes Cancelled if the run was made Cancelled from outside', async () => {
    const { pool, clock, host, orchestrator } = await create();
    orchestrator.mute();

    pool.put('a', 'CANCELLED');
    await clock.advance(90_000);

    expect(pool.stateNames('a').slice(-3)).to.deep.equal(['Cancelled', 'Crashed', 'Cancelled']);
    host.stop();
  });

  it('is a crash that becomes Cancelled although the control plane is unavailable when the task stops', async () => {
    const subject = await create();
    const { pool, clock, host, orchestrator } = subject;
    await cancel(subject, 'a');
    const away = orchestrator.faults.fail(() => true);

    await clock.advance(600_000);
    expect(pool.lastState('a')?.name).to.equal('Crashed');
    away.stop();
    await clock.advance(600_000);

    expect(pool.lastState('a')?.name).to.equal('Cancelled');
    host.stop();
  });

  for (const type of ['COMPLETED', 'FAILED'] as const)
    it(`is ${type}, and stays so, if the run was cancelled`, async () => {
      const subject = await create(type);
      const { pool, clock, host } = subject;

      await cancel(subject, 'a');
      await clock.advance(120_000);

      expect(pool.stateNames('a').slice(-2)).to.deep.equal(['Cancelling', usualStateName(type)]);
      host.stop();
    });

  for (const [what, end] of [
    ['Failed', (pool: FakePool) => pool.put('a', 'FAILED')],
    ['Crashed', (pool: FakePool) => pool.put('a', 'CRASHED')],
  ] as const)
    it(`is a crash that stays if the run was made ${what} from outside`, async () => {
      const { pool, clock, host, worker } = await create();

      worker.alive = [{ infrastructurePid: worker.last.pid, flowRunId: 'a', attemptId: null }];
      end(pool);
      await clock.advance(200_000);

      expect(worker.kills).not.to.deep.equal([]);
      expect(pool.lastState('a')?.name).to.equal('Crashed');
      host.stop();
    });

  it('is a crash that stays if the job was not stopped, or its worker is stopping', async () => {
    for (const isDraining of [false, true]) {
      const { pool, clock, host, worker } = await create();
      pool.put('a', 'CRASHED');
      if (isDraining) host.stop();

      worker.last.end(143, { stopRequested: true });
      await clock.advance(60_000);

      expect(pool.lastState('a')?.name).to.equal('Crashed');
      host.stop();
    }
  });
});

describe('a teardown', () => {
  it('stops the named infrastructure, whatever the state of the run, and reports a failure', async () => {
    const { start, pool, worker, host } = createSubject();
    await start();
    pool.addRun({ id: 'a', stateType: 'CANCELLED' });

    await pool.teardown('a', 'pid-a');
    expect(worker.kills).to.deep.equal(['pid-a']);
    worker.onKill = async () => Promise.reject(new Error('refused'));
    const failure = await pool.teardown('a', 'pid-a').catch((error: unknown) => error);

    expect(failure).to.have.property('message', 'refused');
    host.stop();
  });

  it('of a deleted run finds its job among the running ones', async () => {
    const { start, pool, worker, host } = createSubject();
    worker.alive = [{ infrastructurePid: 'found', flowRunId: 'a', attemptId: null }];
    await start();

    await pool.teardown('a', null);

    expect(worker.kills).to.deep.equal(['found']);
    host.stop();
  });
});
