import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { type Benchmark, type Figure, medianOf } from '../benchmark.js';
import type { AliveRun } from './alive-run.js';
import { launchTasks } from './local-tasks.js';
import { measureAlive } from './measure-alive.js';

const TASKS = 10_000;
const ENDS = 60;
const ORDER = {
  workers: 1,
  settleMs: 45_000,
  countedMs: 20_000,
  ends: ENDS,
  betweenEndsMs: 250,
  longestMs: 90_000,
} as const;
const QUEUE = 'prefect-ecs-tasks-events';
/** Rate limit of AWS per account and region, DescribeTasks and ListTasks together. */
const DESCRIBE_BUDGET_PER_SECOND = 20;

/** Ten thousand running tasks of one worker: its memory, its requests, and how soon it detects an end. */
export const alive: Benchmark = {
  name: 'alive',
  async measure() {
    const aws = await startLocalAws({ simulate: 'sleep=forever', throttling: 'off', keepCalls: 100_000 });
    try {
      const runs = await launchTasks(aws, TASKS);
      const polling = await measureWorker(aws, runs, 0, 'by polling alone', 15, {
        PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false',
      });
      aws.connectEventsToQueue(QUEUE);
      const events = await measureWorker(aws, runs.slice(ENDS), ENDS, 'by events', 1, {});
      return [...polling, ...events];
    } finally {
      await aws.close();
    }
  },
};

async function measureWorker(
  aws: LocalAws,
  runs: readonly AliveRun[],
  gone: number,
  how: string,
  limitSeconds: number,
  environment: Readonly<Record<string, string>>,
): Promise<readonly Figure[]> {
  const measured = await measureAlive({ aws, runs, environment, ...ORDER });
  const { lagsSeconds } = measured;
  const alive = TASKS - gone;
  return [
    { name: `${alive} taken over, ${how}`, value: measured.tookOverSeconds, unit: 's', limit: null },
    { name: `resident, ${how}`, value: measured.residentMib, unit: 'MiB', limit: null },
    { name: `resident at most, ${how}`, value: measured.peakMib, unit: 'MiB', limit: null },
    { name: `heap, ${how}`, value: measured.heapMib, unit: 'MiB', limit: null },
    { name: `processor time, ${how}`, value: measured.cores, unit: 'cores', limit: null },
    {
      name: `DescribeTasks a second, ${how}`,
      value: measured.describesPerSecond,
      unit: 'calls/s',
      limit: DESCRIBE_BUDGET_PER_SECOND,
    },
    { name: `ends never seen, ${how}`, value: ENDS - lagsSeconds.length, unit: 'ends', limit: 0 },
    { name: `end seen after, median, ${how}`, value: medianOf(lagsSeconds), unit: 's', limit: null },
    { name: `end seen after, at most, ${how}`, value: Math.max(...lagsSeconds), unit: 's', limit: limitSeconds },
  ];
}
