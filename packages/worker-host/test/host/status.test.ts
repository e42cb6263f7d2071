import 'reflect-metadata';
import { expect } from 'chai';
import type { Heartbeat } from '../../src/host/loops/heartbeat.js';
import type { Poller } from '../../src/host/loops/poller.js';
import type { Reconciler } from '../../src/host/loops/reconciler.js';
import type { TakeOver } from '../../src/host/loops/take-over.js';
import { StatusReader } from '../../src/host/status.js';
import { createHostBench } from './support/host-bench.js';
import type { RunBenchOptions } from './support/run-bench.js';

async function create(options: RunBenchOptions = {}) {
  const bench = await createHostBench(options);
  const { orchestrator, settings, secrets, guarded, served, slots, runs, readiness } = bench;
  const loop = () => ({ isTurning: true, problem: null as string | null });
  const heartbeat = { loop: loop(), lastSuccessMs: 5, problems: [] as string[] };
  const poller = { loop: loop(), lastPollMs: 6 };
  const [takeOver, reconciler] = [{ loop: loop() }, { loop: loop() }];
  const reader = new StatusReader(
    orchestrator,
    settings,
    secrets,
    guarded,
    served,
    slots,
    runs,
    readiness,
    heartbeat as unknown as Heartbeat,
    poller as unknown as Poller,
    takeOver as unknown as TakeOver,
    reconciler as unknown as Reconciler,
  );
  return { ...bench, heartbeat, poller, takeOver, reconciler, read: () => reader.read('working', 4) };
}

describe('the status of a worker host', () => {
  it('contains identity and activity of the worker', async () => {
    const { read, hold, slots, runs } = await create({ settings: { limit: 3, querySeconds: 7 } });
    const run = hold('x');
    runs.remove(hold('y') as never, true);
    slots.take();

    expect(read()).to.deep.equal({
      workerName: 'w',
      workerType: 'fake',
      workPoolName: 'p',
      controlPlane: 'memory',
      phase: 'working',
      startedAtMs: 4,
      lastPollMs: 6,
      lastHeartbeatMs: 5,
      querySeconds: 7,
      isPoolPaused: false,
      slots: { taken: 1, limit: 3 },
      runs: [run.status],
      runsEnded: 1,
      stuckLoops: [],
      workerProblems: [],
      passedOver: [],
      pluginFaults: [],
      problems: [],
    });
  });

  it('shows whether the pool is paused, also if there is none', async () => {
    const { read, served, pool } = await create({ workPool: { isPaused: true } });
    expect(read().isPoolPaused).to.equal(true);

    served.accept(null);

    expect(read().isPoolPaused).to.equal(false);
    expect(pool.workPool).not.to.equal(null);
  });

  it('lists each stuck loop', async () => {
    const { read, heartbeat, poller, takeOver, reconciler } = await create();
    for (const { loop } of [heartbeat, poller, takeOver, reconciler]) loop.isTurning = false;
    expect(read().stuckLoops).to.deep.equal(['heartbeat', 'poll', 'take-over', 'reconcile']);

    poller.loop.isTurning = true;

    expect(read().stuckLoops).to.deep.equal(['heartbeat', 'take-over', 'reconcile']);
  });

  it('collects all problems: the pool, the control plane, heartbeats, loops, and last the infrastructure', async () => {
    const { read, heartbeat, takeOver, readiness, served, worker, orchestrator } = await create();
    orchestrator.condition = { problems: ['a schema is newer'], passedOver: ['a row'] };
    heartbeat.problems.push('a second worker');
    takeOver.loop.problem = 'a loop fails';
    readiness.fail('no credentials');
    worker.health = () => ({ isHealthy: false, problems: ['a queue is gone'] });
    served.accept(null);

    const { problems, workerProblems, passedOver } = read();

    expect(passedOver).to.deep.equal(['a row']);
    expect(workerProblems).to.deep.equal(['no credentials', 'a queue is gone']);
    expect(problems).to.deep.equal([
      "The work pool 'p' no longer exists",
      'a schema is newer',
      'a second worker',
      'a loop fails',
      'no credentials',
      'a queue is gone',
    ]);
  });

  it('contains no secrets', async () => {
    const { read, heartbeat, worker, secrets, orchestrator } = await create();
    orchestrator.condition = { problems: [], passedOver: ['row hunter2-hunter2'] };
    secrets.add('hunter2-hunter2');
    heartbeat.problems.push('key hunter2-hunter2');
    worker.health = () => ({ isHealthy: false, problems: ['lost hunter2-hunter2'] });

    const { problems, workerProblems, passedOver } = read();

    expect(passedOver).to.deep.equal(['row ********']);
    expect(workerProblems).to.deep.equal(['lost ********']);
    expect(problems).to.deep.equal(['key ********', 'lost ********']);
  });
});
