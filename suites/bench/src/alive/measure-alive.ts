import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalAws } from '@worker-host/testing/local-aws';
import type { AliveRun } from './alive-run.js';
import { stopTask, taskArnOf } from './local-tasks.js';
import { AliveWorker } from './worker-client.js';

/** How workers with running tasks are measured. */
export interface AliveOrder {
  readonly aws: LocalAws;
  /** Distributed evenly among the workers. */
  readonly runs: readonly AliveRun[];
  readonly workers: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Delay before anything is counted, after the runs were taken over. */
  readonly settleMs: number;
  readonly countedMs: number;
  /** Number of tasks that are ended, one after the other. */
  readonly ends: number;
  readonly betweenEndsMs: number;
  /** Time limit for the last end to be detected. */
  readonly longestMs: number;
}

/** Memory in MiB, of all workers together. */
export interface AliveMeasures {
  readonly tookOverSeconds: number;
  readonly residentMib: number;
  readonly peakMib: number;
  readonly heapMib: number;
  /** Processor time while nothing happens, in cores. */
  readonly cores: number;
  readonly describesPerSecond: number;
  readonly throttled: number;
  /** Seconds from the end of a task until its worker knew it, for each end that was detected. */
  readonly lagsSeconds: readonly number[];
}

export async function measureAlive(order: AliveOrder): Promise<AliveMeasures> {
  const { aws, runs, environment, countedMs } = order;
  const each = Math.ceil(runs.length / order.workers);
  const workers = Array.from({ length: order.workers }, () => new AliveWorker({ ...aws.environment, ...environment }));
  try {
    const begunMs = Date.now();
    await Promise.all(workers.map((worker, index) => worker.serve(runs.slice(index * each, (index + 1) * each))));
    const tookOverSeconds = (Date.now() - begunMs) / 1000;
    await sleep(order.settleMs);
    aws.clearCalls();
    const cpuMs = sum(workers, (worker) => worker.cpuMs());
    await sleep(countedMs);
    const cores = (sum(workers, (worker) => worker.cpuMs()) - cpuMs) / countedMs;
    const describes = aws.callCounts()['ecs:DescribeTasks'];
    const lagsSeconds = await endSome(order, (index) => workers[Math.floor(index / each)], each);
    return {
      tookOverSeconds,
      residentMib: sum(workers, (worker) => worker.residentMib()),
      peakMib: sum(workers, (worker) => worker.residentMib('VmHWM')),
      heapMib: sum(workers, ({ heapUsedMib }) => heapUsedMib),
      cores,
      describesPerSecond: (describes?.total ?? 0) / (countedMs / 1000),
      throttled: describes?.throttled ?? 0,
      lagsSeconds,
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

/** Ends some tasks of each worker in turn, and returns the seconds until the worker knew of each. */
async function endSome(
  { aws, runs, workers, ends, betweenEndsMs, longestMs }: AliveOrder,
  workerOf: (index: number) => AliveWorker | undefined,
  each: number,
): Promise<readonly number[]> {
  const stoppedAtMs = new Map<string, number>();
  const stopListening = aws.ecs.onTaskChange(({ taskArn, lastStatus }) => {
    if (lastStatus === 'STOPPED') stoppedAtMs.set(taskArn, Date.now());
  });
  const indexes = Array.from({ length: ends }, (_, end) => (end % workers) * each + Math.floor(end / workers));
  const ended = indexes.flatMap((index) => {
    const [run, worker] = [runs[index], workerOf(index)];
    return run === undefined || worker === undefined ? [] : [{ run, worker }];
  });
  for (const { run, worker } of ended) {
    worker.completed(run.flowRunId);
    await stopTask(aws, run);
    await sleep(betweenEndsMs);
  }
  const endsAtMs = Date.now() + longestMs;
  while (ended.some(({ run, worker }) => worker.endedAtMs(run.flowRunId) === undefined) && Date.now() < endsAtMs) {
    await sleep(100);
  }
  stopListening();
  return ended.flatMap(({ run, worker }) => {
    const seenMs = worker.endedAtMs(run.flowRunId);
    const stoppedMs = stoppedAtMs.get(taskArnOf(run.infrastructurePid));
    return seenMs === undefined || stoppedMs === undefined ? [] : [(seenMs - stoppedMs) / 1000];
  });
}

function sum(workers: readonly AliveWorker[], of: (worker: AliveWorker) => number): number {
  return workers.reduce((total, worker) => total + of(worker), 0);
}
