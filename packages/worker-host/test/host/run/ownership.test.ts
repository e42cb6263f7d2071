import type { RunContext } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { hasCode } from '../../../src/host/failure.js';
import { createSubject } from '../support/subject.js';

/** Code of the error with which a launch would be given up. Null: it may be sent. */
function whyNotOwned(context: RunContext): string | null {
  try {
    context.assertOwned();
    return null;
  } catch (error) {
    return ['LEASE_LOST', 'ORCHESTRATOR_UNAVAILABLE'].find((code) => hasCode(error, code)) ?? String(error);
  }
}

describe('the ownership of a run, at a launch', () => {
  it('is uncertain when the lease has expired: the launch is sent after it is confirmed', async () => {
    const { start, pool, orchestrator, worker, host, clock } = createSubject({ heartbeatSeconds: 30 });
    const contexts: RunContext[] = [];
    worker.onRun = async (_flowRun, context) => {
      contexts.push(context);
      if (contexts.length === 1) await clock.sleep(120_000);
    };
    pool.addRun({});
    await start();
    await settle();
    const outage = orchestrator.faults.fail('heartbeat');

    await clock.advance(60_000);
    expect(contexts.map(whyNotOwned)).to.deep.equal([null]);
    await clock.advance(59_000);
    expect(contexts.map(whyNotOwned)).to.deep.equal(['ORCHESTRATOR_UNAVAILABLE']);
    outage.stop();
    await clock.advance(10_000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('is over when the run has ended', async () => {
    const { start, pool, worker, host } = createSubject();
    const contexts: RunContext[] = [];
    worker.onRun = async (_flowRun, context) => void contexts.push(context);
    pool.addRun({});
    await start();
    await settle();
    worker.last.end(0);
    await settle();

    expect(contexts.map(whyNotOwned)).to.deep.equal(['LEASE_LOST']);
    host.stop();
  });
});
