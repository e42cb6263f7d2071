import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { inStep } from '../support/machine.js';
import { createRunBench } from '../support/run-bench.js';

describe('the record of a run', () => {
  it('starts as that of a due run', async () => {
    const { run } = await createRunBench({ isClaimed: false });

    expect([run.isOwned, run.id, run.lastError, run.progress, run.outputCursor]).to.deep.equal([
      false,
      'a',
      null,
      null,
      null,
    ]);
    expect(() => run.lease).to.throw('before it is claimed');
    for (const { signal } of [run.watching, run.cancelled, run.permit, run.infrastructureEnded])
      expect(signal.aborted).to.equal(false);
  });

  it('shows the number of relaunches, from its state', async () => {
    const { run } = await createRunBench();
    run.state = inStep('launch', { relaunch: 2 });

    expect([run.relaunches, run.isOwned]).to.deep.equal([2, true]);
  });

  it('confirms a lease from its expiry, and not before', async () => {
    const { run, clock, orchestrator } = await createRunBench();
    await clock.advance(run.lease.expiresAtMs - clock.monotonicMs() - 1);
    await run.confirmLease();
    expect(orchestrator.callsOf('renew')).to.equal(0);

    await clock.advance(1);
    await run.confirmLease();

    expect(orchestrator.callsOf('renew')).to.equal(1);
  });

  it('prevents a launch with the reason that the run is cancelled, and continues watching', async () => {
    const { run } = await createRunBench();

    run.forbidLaunch();

    expect(run.cancelled.signal.reason).to.have.property('code', 'RUN_CANCELLED');
    expect(run.permit.signal.reason).to.equal(run.cancelled.signal.reason);
    expect([run.watching.signal.aborted, run.infrastructureEnded.signal.aborted]).to.deep.equal([false, false]);
  });

  it('ends everything in progress when it is closed', async () => {
    const { run } = await createRunBench();
    let frees = 0;
    run.own.slot.release = () => {
      frees += 1;
    };
    let reported: unknown = null;
    run.reported.current.catch((error: unknown) => {
      reported = error;
    });

    run.close();
    await settle();

    for (const { signal } of [run.watching, run.permit, run.infrastructureEnded])
      expect(signal.reason).to.have.property('code', 'HOST_STOPS_WATCHING');
    expect(run.cancelled.signal.aborted).to.equal(false);
    expect(reported).to.have.property('code', 'RUN_RELEASED');
    expect(frees).to.equal(1);
  });
});
