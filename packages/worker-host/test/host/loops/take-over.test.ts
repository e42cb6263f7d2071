import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { TakeOver } from '../../../src/host/loops/take-over.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/host/retry.js';
import { createHostBench } from '../support/host-bench.js';

const NEVER = new AbortController().signal;

async function create() {
  const bench = await createHostBench({ settings: { recoverySeconds: 5 } });
  const { orchestrator, settings, clock, meter, logger, runs, manager, readiness } = bench;
  const takeOver = new TakeOver(
    orchestrator,
    settings,
    clock,
    meter,
    logger,
    DEFAULT_RETRY_POLICY,
    () => {},
    runs,
    manager,
    readiness,
  );
  return { ...bench, takeOver };
}

describe('a take-over', () => {
  it('resumes each run without a living owner, and logs it', async () => {
    const { takeOver, pool, resumed, logger, orchestrator } = await create();
    pool.addRun({ id: 'x', stateType: 'RUNNING', stateName: 'Running' });
    pool.addRun({ id: 'y', stateType: 'PENDING' });

    await takeOver.takeOver(NEVER);

    expect(resumed).to.deep.equal(['x', 'y']);
    expect(logger.lines[0]).to.deep.equal({
      level: 'info',
      message: 'Resuming a run of an earlier owner',
      fields: { flowRunId: 'x', state: 'Running' },
    });
    expect(orchestrator.callsOf('takeOverInterruptedRuns')).to.equal(1);
  });

  it('asks again while there are as many as it asks for', async () => {
    const { takeOver, pool, resumed, orchestrator } = await create();
    for (let each = 0; each < 200; each += 1) pool.addRun({ stateType: 'PENDING' });

    await takeOver.takeOver(NEVER);

    expect(resumed).to.have.length(200);
    expect(orchestrator.callsOf('takeOverInterruptedRuns')).to.equal(3);
  });

  it('leaves the runs to others while the worker cannot reach its infrastructure', async () => {
    const { takeOver, pool, orchestrator, readiness } = await create();
    pool.addRun({ id: 'x', stateType: 'PENDING' });
    readiness.fail('no credentials');

    await takeOver.takeOver(NEVER);

    expect(orchestrator.callsOf('takeOverInterruptedRuns')).to.equal(0);
  });

  it('of a run in hand makes that one check its lease, and releases the new one', async () => {
    const { takeOver, pool, hold, resumed, orchestrator } = await create();
    pool.addRun({ id: 'x', stateType: 'PENDING' });
    const own = hold('x');

    await takeOver.takeOver(NEVER);

    expect([own.calls, resumed]).to.deep.equal([['checkLease'], []]);
    expect(orchestrator.callTexts.at(-1)).to.equal('release failed x');
  });

  it('that is answered after the stop releases what it got, and asks for no more', async () => {
    const { takeOver, pool, resumed, orchestrator } = await create();
    pool.addRun({ id: 'x', stateType: 'PENDING' });
    const control = new AbortController();
    orchestrator.takeOverInterruptedRuns = new Proxy(orchestrator.takeOverInterruptedRuns, {
      apply: async (target, self, [{ limit }]) => {
        const found = await target.call(self, { limit });
        control.abort();
        return found;
      },
    });

    await takeOver.takeOver(control.signal);
    await takeOver.takeOver(control.signal);

    expect(resumed).to.deep.equal([]);
    expect(orchestrator.callTexts.filter((text) => !text.startsWith('open'))).to.deep.equal([
      'takeOverInterruptedRuns',
      'release worker-stopping x',
    ]);
  });

  it('is repeated in its interval, and fails after two minutes', async () => {
    const { takeOver, orchestrator, clock } = await create();
    const control = new AbortController();
    const loop = takeOver.loop.run((round) => takeOver.takeOver(round), control.signal);
    await clock.advance(6000 + 6000 + 1);
    expect(orchestrator.callsOf('takeOverInterruptedRuns')).to.equal(3);

    const hold = orchestrator.faults.hold('takeOverInterruptedRuns');
    await clock.advance(6000 + 119_000);
    expect([hold.waiting, takeOver.loop.problem]).to.deep.equal([1, null]);
    await clock.advance(2000);

    expect(takeOver.loop.problem).to.match(/^Taking over interrupted runs/);
    control.abort();
    await settle();
    await loop;
  });
});
