import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createSubject } from '../support/subject.js';

describe('the start of the loops', () => {
  it('polls while interrupted runs are searched for, and claims once those are resumed', async () => {
    const { start, pool, orchestrator, worker, host } = createSubject({ limit: 1 });
    pool.addRun({ id: 'a' });
    const hold = orchestrator.faults.hold('takeOverInterruptedRuns');

    await start();
    expect(orchestrator.callsOf('getScheduledFlowRuns')).to.equal(1);
    expect(orchestrator.callsOf('claim')).to.equal(0);
    hold.release();
    await settle();

    expect(orchestrator.callsOf('claim')).to.equal(1);
    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('claims no run for whose slot an interrupted one was resumed', async () => {
    const earlier = createSubject({ limit: 1 });
    earlier.pool.addRun({ id: 'a' });
    await earlier.start();
    earlier.host.stop('leave');
    await earlier.clock.advance(10_000);
    await earlier.ended();
    const { start, pool, worker, host } = createSubject({ limit: 1 }, { others: earlier });
    pool.addRun({ id: 'b' });

    await start();

    expect(worker.jobs.map(({ how, flowRun }) => `${how} ${flowRun.id}`)).to.deep.equal(['resume a']);
    expect(pool.lastState('b')?.type).to.equal('SCHEDULED');
    host.stop();
  });

  it('sends the first poll before the check of the infrastructure is over, and claims afterwards', async () => {
    const { start, pool, orchestrator, worker, host } = createSubject();
    pool.addRun({ id: 'a' });
    let finish = (): void => {};
    worker.onCheckReady = () => new Promise((resolve) => (finish = resolve));

    await start();
    expect(orchestrator.callsOf('getScheduledFlowRuns')).to.equal(1);
    expect(orchestrator.callsOf('claim')).to.equal(0);
    finish();
    await settle();

    expect(orchestrator.callsOf('claim')).to.equal(1);
    host.stop();
  });

  it('prewarms and compares with the infrastructure after the first poll, also a failed one', async () => {
    for (const fails of [false, true]) {
      const { start, orchestrator, worker, host } = createSubject({}, { hostReportsStates: false });
      const calls: string[] = [];
      worker.onPrewarm = async () => void calls.push('prewarm');
      worker.onList = async () => void calls.push('list');
      const hold = fails ? null : orchestrator.faults.hold('getScheduledFlowRuns');
      if (fails) orchestrator.faults.fail('getScheduledFlowRuns', { times: 1 });

      await start();
      if (hold !== null) expect(calls).to.deep.equal([]);
      hold?.release();
      await settle();

      expect(calls).to.have.members(['prewarm', 'list']);
      host.stop();
    }
  });
});
