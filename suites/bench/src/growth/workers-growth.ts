import { AWS_BUCKETS, startLocalAws } from '@worker-host/testing/local-aws';
import { launchTasks } from '../alive/local-tasks.js';
import { measureAlive } from '../alive/measure-alive.js';
import type { Benchmark, Figure } from '../benchmark.js';
import { BenchWorld } from '../world.js';
import { figuresOf } from './alive-growth.js';

const WORKERS = 5;
const TASKS = 10_000;
const ENDS = 100;
const RUNS = 300;

/** One worker, and five workers in one account: with 10,000 running tasks in total, then with 300 runs to launch. */
export const workersGrowth: Benchmark = {
  name: 'workers-growth',
  async measure() {
    return [...(await watching()), ...(await launching(1)), ...(await launching(WORKERS))];
  },
};

async function watching(): Promise<readonly Figure[]> {
  // Only descriptions are limited: the tasks are launched before anything is measured.
  const { clusterResourceRead } = AWS_BUCKETS;
  const throttling = { clusterResourceRead };
  const aws = await startLocalAws({ simulate: 'sleep=forever', throttling, keepCalls: 100 });
  try {
    const runs = await launchTasks(aws, TASKS);
    const measured = await measureAlive({
      aws,
      runs,
      workers: WORKERS,
      environment: { PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' },
      settleMs: 45_000,
      countedMs: 20_000,
      ends: ENDS,
      betweenEndsMs: 100,
      longestMs: 60_000,
    });
    return figuresOf(`${WORKERS} workers, ${TASKS} tasks`, measured, null);
  } finally {
    await aws.close();
  }
}

async function launching(workers: number): Promise<readonly Figure[]> {
  const world = await BenchWorld.start({ simulate: 'sleep=1;exit=0', throttling: 'aws' });
  try {
    for (let run = 0; run < RUNS; run += 1) await world.queueRun({ command: 'true' });
    const startedMs = Date.now();
    for (let worker = 0; worker < workers; worker += 1) world.startWorker(['--name', `worker-${worker}`]);
    await world.whenFinal(RUNS, 120_000);
    const seconds = (Date.now() - startedMs) / 1000;
    const { total = 0, throttled = 0 } = world.aws.callCounts()['ecs:RunTask'] ?? {};
    const what = `${workers} worker${workers === 1 ? '' : 's'}, ${RUNS} runs`;
    return [
      { name: `${what}: completed after`, value: seconds, unit: 's', limit: null },
      { name: `${what}: tasks beyond one a run`, value: world.aws.ecs.tasks().length - RUNS, unit: 'tasks', limit: 0 },
      { name: `${what}: RunTask calls a run`, value: total / RUNS, unit: 'calls', limit: null },
      { name: `${what}: RunTask calls throttled`, value: throttled, unit: 'calls', limit: null },
    ];
  } finally {
    await world.end();
  }
}
