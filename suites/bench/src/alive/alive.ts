import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { type Benchmark, type Figure, medianOf } from '../benchmark.js';
import type { AliveRun } from './alive-run.js';
import { launchTasks, stopTask, taskArnOf } from './local-tasks.js';
import { AliveWorker } from './worker-client.js';

const TASKS = 10_000;
const ENDS = 60;
const SETTLE_MS = 45_000;
const COUNTED_MS = 20_000;
const LONGEST_MS = 90_000;
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
  const worker = new AliveWorker({ ...aws.environment, ...environment });
  try {
    const begunMs = Date.now();
    await worker.serve(runs);
    const tookOverSeconds = (Date.now() - begunMs) / 1000;
    await sleep(SETTLE_MS);
    aws.clearCalls();
    await sleep(COUNTED_MS);
    const counts = aws.callCounts();
    const perSecond = (counts['ecs:DescribeTasks']?.total ?? 0) / (COUNTED_MS / 1000);
    const lags = await endSome(aws, worker, runs);
    const missed = ENDS - lags.length;
    const alive = TASKS - gone;
    return [
      { name: `${alive} taken over, ${how}`, value: tookOverSeconds, unit: 's', limit: null },
      { name: `resident, ${how}`, value: worker.residentMib(), unit: 'MiB', limit: null },
      { name: `resident at most, ${how}`, value: worker.residentMib('VmHWM'), unit: 'MiB', limit: null },
      { name: `heap, ${how}`, value: worker.heapUsedMib, unit: 'MiB', limit: null },
      { name: `DescribeTasks a second, ${how}`, value: perSecond, unit: 'calls/s', limit: DESCRIBE_BUDGET_PER_SECOND },
      { name: `ends never seen, ${how}`, value: missed, unit: 'ends', limit: 0 },
      { name: `end seen after, median, ${how}`, value: medianOf(lags), unit: 's', limit: null },
      { name: `end seen after, at most, ${how}`, value: Math.max(...lags), unit: 's', limit: limitSeconds },
    ];
  } finally {
    await worker.stop();
  }
}

/** Ends some tasks one after the other, and returns the seconds until the worker knew of each. */
async function endSome(aws: LocalAws, worker: AliveWorker, runs: readonly AliveRun[]): Promise<readonly number[]> {
  const stoppedAtMs = new Map<string, number>();
  const stopListening = aws.ecs.onTaskChange(({ taskArn, lastStatus }) => {
    if (lastStatus === 'STOPPED') stoppedAtMs.set(taskArn, Date.now());
  });
  const ended = runs.slice(0, ENDS);
  for (const run of ended) {
    worker.completed(run.flowRunId);
    await stopTask(aws, run);
    await sleep(250);
  }
  const endsAtMs = Date.now() + LONGEST_MS;
  while (ended.some(({ flowRunId }) => worker.endedAtMs(flowRunId) === undefined) && Date.now() < endsAtMs) {
    await sleep(100);
  }
  stopListening();
  return ended.flatMap(({ flowRunId, infrastructurePid }) => {
    const seenMs = worker.endedAtMs(flowRunId);
    const stoppedMs = stoppedAtMs.get(taskArnOf(infrastructurePid));
    return seenMs === undefined || stoppedMs === undefined ? [] : [(seenMs - stoppedMs) / 1000];
  });
}
