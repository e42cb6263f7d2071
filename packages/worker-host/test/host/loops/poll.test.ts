import { WorkerNotReadyError } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { Poller } from '../../../src/host/loops/poller.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/host/retry.js';
import { createHostBench } from '../support/host-bench.js';
import type { RunBenchOptions } from '../support/run-bench.js';

const NEVER = new AbortController().signal;
const WAITING = { progress: { phase: 'waiting-for-capacity' } } as const;

async function create(options: RunBenchOptions = {}) {
  const bench = await createHostBench(options);
  const { orchestrator, settings, clock, logger, meter, secrets, slots, runs, manager, readiness } = bench;
  const poller = new Poller(
    orchestrator,
    settings,
    clock,
    logger,
    meter,
    secrets,
    DEFAULT_RETRY_POLICY,
    () => {},
    slots,
    runs,
    manager,
    readiness,
    bench.configurations,
    bench.prewarming,
    bench.admission,
  );
  const limits: (number | null)[] = [];
  const due = orchestrator.getScheduledFlowRuns.bind(orchestrator);
  orchestrator.getScheduledFlowRuns = async (query) => {
    limits.push(query.limit);
    return await due(query);
  };
  let wakes = 0;
  poller.loop.wake = () => {
    wakes += 1;
  };
  return {
    ...bench,
    poller,
    limits,
    wakes: () => wakes,
    poll: (signal: AbortSignal = NEVER) => poller.poll(signal),
    addRuns: (count: number) => {
      for (let each = 1; each <= count; each += 1) bench.pool.addRun({ id: `r${each}` });
    },
  };
}

describe('one poll', () => {
  it('claims all due runs, requests without a limit, and prewarms', async () => {
    const { poll, addRuns, claimed, limits, worker, poller, clock } = await create();
    let warmed = 0;
    worker.onPrewarm = async () => {
      warmed += 1;
    };
    addRuns(3);

    await poll();
    await settle();

    expect([claimed, limits, warmed]).to.deep.equal([['r1', 'r2', 'r3'], [null], 1]);
    expect(poller.lastPollMs).to.equal(clock.nowMs());
  });

  it('that finds nothing prewarms nothing', async () => {
    const { poll, worker } = await create();
    let warmed = 0;
    worker.onPrewarm = async () => {
      warmed += 1;
    };

    await poll();
    await settle();

    expect(warmed).to.equal(0);
  });

  it('requests as many runs as there are slots, and skips active ones', async () => {
    const { poll, addRuns, claimed, limits, hold, slots } = await create({ settings: { limit: 3 } });
    addRuns(5);
    hold('r1');
    slots.take();

    await poll();
    expect([limits, claimed]).to.deep.equal([[2], ['r2']]);
    hold('r2');
    await poll();
    expect([limits, claimed]).to.deep.equal([[2, 2], ['r2']]);
    await poll();

    expect(limits).to.deep.equal([2, 2, 3]);
    expect(claimed).to.deep.equal(['r2', 'r3']);
  });

  it('requests nothing while all slots are taken, and polls as soon as one is free', async () => {
    const { poll, addRuns, limits, slots, poller, wakes } = await create({ settings: { limit: 1 } });
    addRuns(1);
    slots.take();

    await poll();
    expect([limits, wakes()]).to.deep.equal([[], 0]);
    poller.slotFreed();

    expect(wakes()).to.equal(1);
  });

  it('is not triggered by a free slot before the first poll', async () => {
    const { poller, wakes } = await create();

    poller.slotFreed();

    expect(wakes()).to.equal(0);
  });

  it('that took all is not followed by a poll for a free slot', async () => {
    const { poll, addRuns, poller, wakes } = await create({ settings: { limit: 3 } });
    addRuns(2);
    await poll();

    poller.slotFreed();

    expect(wakes()).to.equal(0);
  });

  it('that found as many as requested is followed by a poll for a free slot', async () => {
    const { poll, addRuns, poller, wakes } = await create({ settings: { limit: 2 } });
    addRuns(2);
    await poll();

    poller.slotFreed();

    expect(wakes()).to.equal(1);
  });

  it('claims nothing after it is aborted', async () => {
    const { poll, addRuns, claimed, orchestrator, poller, wakes } = await create();
    addRuns(2);
    const control = new AbortController();
    orchestrator.getScheduledFlowRuns = async () => {
      control.abort();
      return [await orchestrator.readFlowRun('r1')].filter((run) => run !== null);
    };

    await poll(control.signal);
    poller.slotFreed();

    expect([claimed, wakes()]).to.deep.equal([[], 1]);
  });

  it('requests runs that are due within the prefetch', async () => {
    const { poll, orchestrator, clock } = await create({ settings: { prefetchSeconds: 60 } });
    let beforeMs = 0;
    orchestrator.getScheduledFlowRuns = async ({ scheduledBeforeMs }) => {
      beforeMs = scheduledBeforeMs;
      return [];
    };

    await poll();

    expect(beforeMs).to.equal(clock.nowMs() + 60_000);
  });
});

describe('claims in progress', () => {
  it('count against two hundred, and against the request', async () => {
    const { poll, addRuns, claimed, limits, hold } = await create();
    addRuns(150);
    await poll();
    for (const id of claimed) hold(id);
    await poll();

    expect(claimed).to.have.length(150);
    expect(limits).to.deep.equal([null, 50]);
  });

  it('lead to another poll when the last is granted and there may be more', async () => {
    const { poll, addRuns, answers, wakes } = await create({ settings: { limit: 2 } });
    addRuns(3);
    await poll();

    answers.get('r1')?.(null);
    await settle();
    expect(wakes()).to.equal(0);
    answers.get('r2')?.(null);
    await settle();

    expect(wakes()).to.equal(1);
  });

  it('that are refused lead to none', async () => {
    const { poll, addRuns, answers, wakes } = await create({ settings: { limit: 1 } });
    addRuns(2);
    await poll();

    answers.get('r1')?.('taken');
    await settle();

    expect(wakes()).to.equal(0);
  });

  it('lead to none if the poll took all', async () => {
    const { poll, addRuns, answers, wakes } = await create();
    addRuns(1);
    await poll();

    answers.get('r1')?.(null);
    await settle();

    expect(wakes()).to.equal(0);
  });

  it('that are refused are logged once per reason, and again after a granted one', async () => {
    const { poll, addRuns, answers, logger } = await create();
    addRuns(1);
    for (const answer of ['taken', 'taken', 'paused', null, 'paused']) {
      await poll();
      answers.get('r1')?.(answer);
      await settle();
    }

    expect(logger.lines.map(({ level, fields }) => [level, fields.reason])).to.deep.equal([
      ['info', 'taken'],
      ['debug', 'taken'],
      ['info', 'paused'],
      ['info', 'paused'],
    ]);
    expect(logger.lines[0]).to.deep.include({ message: 'The run was not claimed' });
    expect(logger.lines[0]?.fields.flowRunId).to.equal('r1');
  });
});

describe('a poll while there is no capacity', () => {
  it('claims one run at a time', async () => {
    const { poll, addRuns, claimed, hold, limits } = await create();
    hold('waiting', { infrastructurePid: null, status: WAITING });
    addRuns(3);

    await poll();

    expect([claimed, limits]).to.deep.equal([['r1'], [1]]);
  });

  it('claims none while one is being launched', async () => {
    const { poll, addRuns, claimed, hold } = await create();
    hold('waiting', { infrastructurePid: null, status: WAITING });
    const tried = hold('tried', { infrastructurePid: null });
    addRuns(3);

    await poll();
    expect(claimed).to.deep.equal([]);
    tried.infrastructurePid = 'pid';
    await poll();
    expect(claimed).to.deep.equal(['r1']);
  });

  it('does not count a run that reports progress as waiting', async () => {
    const { poll, addRuns, claimed, hold } = await create();
    hold('waiting', { infrastructurePid: null, status: WAITING });
    hold('other', { infrastructurePid: null, status: { progress: { phase: 'running' } } });
    addRuns(1);

    await poll();

    expect(claimed).to.deep.equal(['r1']);
  });

  it('claims none beyond ten waiting ones, nor beyond the slots', async () => {
    const { poll, addRuns, claimed, hold, slots } = await create({ settings: { limit: 1 } });
    for (let each = 0; each < 9; each += 1) hold(`waiting-${each}`, { infrastructurePid: null, status: WAITING });
    addRuns(3);
    const slot = slots.take();
    await poll();
    expect(claimed).to.deep.equal([]);
    slot.release();
    hold('tenth', { infrastructurePid: null, status: WAITING });
    await poll();

    expect(claimed).to.deep.equal([]);
  });
});

describe('a poll of a worker without access to its infrastructure', () => {
  async function createUnready(options: RunBenchOptions = {}) {
    const bench = await create(options);
    const { worker } = bench;
    worker.checkReady = async (configuration?: { readonly command: string | null }) => {
      if (configuration?.command?.startsWith('own') !== true) throw new WorkerNotReadyError('fake', 'no credentials');
    };
    return bench;
  }

  it('claims the runs with their own access, and prewarms nothing', async () => {
    const { poll, pool, claimed, worker } = await createUnready();
    let warmed = 0;
    worker.onPrewarm = async () => {
      warmed += 1;
    };
    pool.addRun({ id: 'plain' });
    pool.addRun({ id: 'other', jobVariables: { command: 'other' } });
    pool.addRun({ id: 'own', jobVariables: { command: 'own' } });
    pool.addRun({ id: 'broken', deploymentId: 'gone' });

    await poll();
    await settle();

    expect([claimed, warmed]).to.deep.equal([['own'], 0]);
  });

  it('reads nothing for runs without their own access', async () => {
    const { poll, pool, orchestrator } = await createUnready();
    pool.addRun({ id: 'plain' });
    pool.addRun({ id: 'of-deployment', deploymentId: 'gone' });

    await poll();

    expect(orchestrator.callsOf('readDeployment')).to.equal(1);
    expect(orchestrator.callsOf('readFlow')).to.equal(1);
  });

  it('tries five runs per poll, and at most as many as there are slots', async () => {
    const five = await createUnready();
    for (let each = 0; each < 7; each += 1)
      five.pool.addRun({ id: `r${each}`, jobVariables: { command: `own ${each}` } });
    await five.poll();
    expect(five.claimed).to.have.length(5);

    const one = await createUnready({ settings: { limit: 1 } });
    one.orchestrator.getScheduledFlowRuns = async () =>
      ['x', 'y'].map((id) => one.pool.addRun({ id, jobVariables: { command: 'own' } }));
    await one.poll();

    expect(one.claimed).to.deep.equal(['x']);
  });

  it('forgets the secrets of the tried runs', async () => {
    const { poll, pool, secrets } = await createUnready();
    pool.addRun({ id: 'x', jobVariables: { command: '{{ prefect.variables.word }}' } });
    pool.references = {
      ...pool.references,
      readVariable: async (name) => ({ name, value: 'hunter2-hunter2', isSecret: true }),
    };

    await poll();

    expect(secrets.redact('hunter2-hunter2')).to.equal('hunter2-hunter2');
  });
});

describe('the poll loop', () => {
  it('fails after two minutes', async () => {
    const { poller, orchestrator, clock } = await create({ settings: { querySeconds: 10 } });
    const control = new AbortController();
    const hold = orchestrator.faults.hold('getScheduledFlowRuns');
    void poller.loop.run((round) => poller.poll(round), control.signal);

    await clock.advance(119_999);
    expect([hold.waiting, poller.loop.problem]).to.deep.equal([1, null]);
    await clock.advance(1);

    expect(poller.loop.problem).to.match(/^Polling for runs/);
    control.abort();
  });
});
