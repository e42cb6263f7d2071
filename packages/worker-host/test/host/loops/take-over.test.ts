import type { FlowRun } from '@worker-host/core';
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

/** Like `create`; resumed runs wait for their launch, and a test controls them. */
async function createWithLaunches() {
  const bench = await create();
  const launches = new Map<string, { launchPlace: object | null; finish: () => void; handOver: () => void }>();
  bench.manager.resume = (({ flowRun }: { readonly flowRun: FlowRun }) => {
    bench.resumed.push(flowRun.id);
    let [finish, handOver] = [() => {}, () => {}];
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const handedOver = new Promise<void>((resolve) => {
      handOver = resolve;
    });
    const run = { launchPlace: null, finished, handedOver, finish, handOver };
    launches.set(flowRun.id, run);
    return run;
  }) as never;
  /** Runs that are not launched after one more death. */
  const addSuspects = (...ids: readonly string[]) => {
    for (const id of ids) bench.pool.addRun({ id, stateType: 'PENDING' }, { deaths: 2 });
  };
  const resumedBy = async () => {
    bench.resumed.length = 0;
    await bench.takeOver.takeOver(NEVER);
    return [...bench.resumed];
  };
  return { ...bench, launches, addSuspects, resumedBy };
}

describe('a take-over of many runs', () => {
  it('lets the other loops have their turn after each page', async () => {
    const { pool, takeOver, resumed } = await create();
    for (let index = 0; index < 250; index += 1) pool.addRun({ id: `r${index}`, stateType: 'RUNNING' });
    const resumedByTurn: number[] = [];
    const over = takeOver.takeOver(NEVER);
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise(setImmediate);
      resumedByTurn.push(resumed.length);
    }

    expect([...new Set(resumedByTurn)]).to.deep.equal([100, 200, 250]);
  });
});

describe('a take-over of runs with which workers died', () => {
  it('resumes unlaunched runs one after another, and releases the others meanwhile', async () => {
    const { addSuspects, launches, orchestrator, pool, resumedBy } = await createWithLaunches();
    addSuspects('s1', 's2');
    pool.addRun({ id: 'x', stateType: 'PENDING' });

    expect(await resumedBy()).to.deep.equal(['s1', 'x']);
    expect(orchestrator.callTexts.filter((text) => text.startsWith('release'))).to.deep.equal(['release failed s2']);
    expect(await resumedBy()).to.deep.equal([]);
    launches.get('s1')?.handOver();
    await settle();

    expect(await resumedBy()).to.deep.equal(['s2']);
  });

  it('continues when the previous one has ended', async () => {
    const { addSuspects, launches, resumedBy } = await createWithLaunches();
    addSuspects('s1', 's2');
    await resumedBy();

    launches.get('s1')?.finish();
    await settle();

    expect(await resumedBy()).to.deep.equal(['s2']);
  });

  it('continues when the place of the previous one is stored, and then waits for the next one', async () => {
    const { addSuspects, launches, resumedBy } = await createWithLaunches();
    addSuspects('s1', 's2', 's3');
    await resumedBy();
    Object.assign(launches.get('s1') ?? {}, { launchPlace: {} });

    expect(await resumedBy()).to.deep.equal(['s2']);
    launches.get('s1')?.handOver();
    await settle();

    expect(await resumedBy()).to.deep.equal([]);
  });

  it('resumes without isolation those that were launched, are cancelled, or are never launched', async () => {
    const { pool, resumedBy } = await createWithLaunches();
    const launch = { relaunch: 0, place: {} };
    const ids: string[] = [];
    for (const [title, run, left] of [
      ['launched', {}, { deaths: 2, launch }],
      ['with-pid', { infrastructurePid: 'pid' }, { deaths: 2 }],
      ['cancelled', { stateType: 'CANCELLING' }, { deaths: 2 }],
      ['few-deaths', {}, { deaths: 1 }],
      ['deadly', {}, { deaths: 3 }],
    ] as const) {
      for (const id of [`${title}-1`, `${title}-2`]) {
        pool.addRun({ id, stateType: 'PENDING', ...run }, left);
        ids.push(id);
      }
    }

    expect(await resumedBy()).to.have.members(ids);
  });

  it('requests more after a full batch, unless it would get those that it has released', async () => {
    for (const [suspects, calls] of [
      [['s1'], 2],
      [['s1', 's2'], 1],
    ] as const) {
      const { addSuspects, orchestrator, pool, resumedBy } = await createWithLaunches();
      addSuspects(...suspects);
      for (let each = suspects.length; each < 100; each += 1) pool.addRun({ stateType: 'PENDING' });

      await resumedBy();
      expect(orchestrator.callsOf('takeOverInterruptedRuns')).to.equal(calls);

      addSuspects('s3');
      for (let each = 0; each < 99; each += 1) pool.addRun({ stateType: 'PENDING' });
      await resumedBy();
      expect(orchestrator.callsOf('takeOverInterruptedRuns')).to.equal(calls + 1);
    }
  });
});

describe('a take-over', () => {
  it('resumes each run without a live owner, and logs it', async () => {
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

  it('repeats the request while batches are full', async () => {
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

  it('of an active run makes it check its lease, and releases the new one', async () => {
    const { takeOver, pool, hold, resumed, orchestrator } = await create();
    pool.addRun({ id: 'x', stateType: 'PENDING' });
    const own = hold('x');

    await takeOver.takeOver(NEVER);

    expect([own.calls, resumed]).to.deep.equal([['checkLease'], []]);
    expect(orchestrator.callTexts.at(-1)).to.equal('release failed x');
  });

  it('that is answered after the stop releases its runs, and requests no more', async () => {
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

  it('is repeated at its interval, and times out after two minutes', async () => {
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
