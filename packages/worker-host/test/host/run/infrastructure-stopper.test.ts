import { BaseJobConfiguration, InfrastructureNotFound, NotSupportedByWorkerError } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { rejected } from '../support/promises.js';
import { createRunBench } from '../support/run-bench.js';

const CONFIGURATION = new BaseJobConfiguration();
const NEVER = new AbortController().signal;
const GONE = new InfrastructureNotFound('pid', 'gone');

async function createStopper(settings = {}) {
  const bench = await createRunBench({ settings, isClaimed: false });
  const calls: unknown[][] = [];
  let fail: unknown = null;
  bench.worker.killInfrastructure = async (...args: unknown[]) => {
    calls.push(args);
    if (fail !== null) throw fail;
  };
  return {
    ...bench,
    calls,
    failWith(error: unknown) {
      fail = error;
    },
    stop: (signal: AbortSignal = NEVER) => bench.stopper.stop('pid', CONFIGURATION, bench.runLog, signal),
    stopOnce: () => bench.stopper.stopOnce('pid', CONFIGURATION, bench.runLog),
    untilEnded: (signal: AbortSignal) => bench.stopper.stopUntilEnded('pid', CONFIGURATION, bench.runLog, signal),
  };
}

describe('a single stop request', () => {
  it('passes the grace period, and is logged', async () => {
    const { stopOnce, calls, runLog } = await createStopper({ killGraceSeconds: 7 });

    expect(await stopOnce()).to.equal('stopping');
    expect(calls).to.deep.equal([['pid', CONFIGURATION, 7]]);
    expect(runLog.lines).to.deep.equal([
      { level: 'info', message: 'Requested the infrastructure to stop', fields: { infrastructurePid: 'pid' } },
    ]);
  });

  it('treats missing infrastructure as stopped, and logs it', async () => {
    const { stopOnce, failWith, runLog } = await createStopper();
    failWith(GONE);

    expect(await stopOnce()).to.equal('gone');
    expect(runLog.lines).to.deep.equal([
      { level: 'info', message: 'Nothing to stop: the infrastructure is gone', fields: { infrastructurePid: 'pid' } },
    ]);
  });

  it('reports that the worker type does not support it, and fails with anything else', async () => {
    const { stopOnce, failWith } = await createStopper();
    failWith(new NotSupportedByWorkerError('fake', 'killInfrastructure'));
    expect(await stopOnce()).to.equal('not-supported');

    const fault = new Error('throttled');
    failWith(fault);
    expect(await rejected(stopOnce())).to.equal(fault);
  });
});

describe('a stop request that must be accepted', () => {
  it('is repeated with increasing delays of at most 20 s; the first failure is an error, the others are details', async () => {
    const { stop, failWith, calls, clock, runLog, measured } = await createStopper();
    const fault = new Error('throttled');
    failWith(fault);
    const times: number[] = [];
    const began = clock.monotonicMs();
    const push = calls.push.bind(calls);
    calls.push = (...args) => {
      times.push(clock.monotonicMs() - began);
      return push(...args);
    };
    const stopped = stop();
    await clock.advance(71_000);
    failWith(null);
    await clock.advance(20_000);

    expect(await stopped).to.equal('stopping');
    expect(times).to.deep.equal([0, 1000, 3000, 7000, 15_000, 31_000, 51_000, 71_000, 91_000]);
    const failures = runLog.lines.filter(({ message }) => message === 'Stopping the infrastructure failed; retrying');
    expect(failures.map(({ level }) => level)).to.deep.equal(['error', ...Array(7).fill('debug')]);
    expect(failures[1]?.fields).to.deep.equal({ infrastructurePid: 'pid', failures: 2, error: fault });
    expect(measured.filter(([name]) => name === 'worker_host_kill_failures_total')).to.have.length(8);
  });

  it('ends with the reason of its signal', async () => {
    const { stop, failWith, calls, clock } = await createStopper();
    failWith(new Error('throttled'));
    const control = new AbortController();
    const stopped = rejected(stop(control.signal));
    await settle();

    control.abort(new Error('over'));

    expect(await stopped).to.have.property('message', 'over');
    expect(await rejected(stop(control.signal))).to.have.property('message', 'over');
    expect([calls.length, clock.pendingSleeps.length]).to.deep.equal([1, 0]);
  });

  it('is not sent if the worker type cannot stop anything, which is logged', async () => {
    const { stop, worker, calls, runLog } = await createStopper();
    worker.capabilities = { canKill: false, canResume: true, canList: true };

    expect(await stop()).to.equal('not-supported');
    expect(calls).to.deep.equal([]);
    expect(runLog.messages('warn')).to.deep.equal([
      'This worker type cannot stop a job; the job runs until it ends by itself',
    ]);
  });
});

describe('a stop request that must take effect', () => {
  it('is repeated every 20 s, also if the infrastructure is not found, until the end is seen', async () => {
    const { untilEnded, failWith, calls, clock } = await createStopper();
    const ended = new AbortController();
    const stopped = rejected(untilEnded(ended.signal));
    await clock.advance(19_999);
    expect(calls).to.have.length(1);
    failWith(GONE);
    await clock.advance(20_001);
    expect(calls).to.have.length(3);

    ended.abort(new Error('seen'));

    expect(await stopped).to.have.property('message', 'seen');
    await clock.advance(60_000);
    expect(calls).to.have.length(3);
  });

  it('is sent once if it is not supported, and never if the end was already seen', async () => {
    const { untilEnded, failWith, calls } = await createStopper();
    await untilEnded(AbortSignal.abort());
    expect(calls).to.deep.equal([]);

    failWith(new NotSupportedByWorkerError('fake', 'killInfrastructure'));
    await untilEnded(NEVER);
    expect(calls).to.have.length(1);
  });
});
