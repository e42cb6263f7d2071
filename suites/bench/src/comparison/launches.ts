import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf, residentMib } from '../processes.js';
import type { Arena } from './arena.js';
import type { Contender } from './contender.js';
import { CrashReports } from './crash-reports.js';
import { HeldJobs } from './held-jobs.js';
import type { Samples } from './measures.js';
import { apiCounts, awsCounts, type RequestCounts, totalOf } from './request-counts.js';
import type { Side } from './side.js';

export const RUNS = 300;
export const QUEUE = 'prefect-ecs-tasks-events';
const DEPLOYMENTS = 3;
const BULK = 50;
const SETTLE_MS = 5000;
const LAUNCH_LIMIT_MS = 240_000;
/** A worker that does not empty its queue until then is measured as it is. */
const SETTLE_LIMIT_MS = 120_000;
const LOOK_MS = 50;

/** What 300 runs cost one worker. */
export interface Launches {
  readonly samples: Samples;
  /** When each run was launched, in seconds since the pool was resumed. */
  readonly seconds: readonly number[];
  /** All that the worker asked for these runs, by kind. */
  readonly asked: { readonly api: RequestCounts; readonly aws: RequestCounts };
}

/** Processor time until one moment, in milliseconds. */
interface Used {
  readonly worker: number;
  readonly server: number;
}

/**
 * 300 runs of three deployments in a paused pool that is resumed, with AWS's documented rate limits and a queue of task
 * events. When all are launched, they are Completed, as their engines would report, and their tasks end.
 */
export async function measureLaunches(arena: Arena, contender: Contender): Promise<Launches> {
  const jobs = new HeldJobs();
  return await arena.with(contender, { simulate: jobs.simulate, eventsQueue: QUEUE }, async (side) => {
    const { before, launched, settled, seconds, asked, peakMib } = await launchAndComplete(arena, side, jobs);
    return {
      seconds,
      asked,
      samples: {
        launched: [seconds.length],
        firstLaunch: [Math.min(...seconds)],
        lastLaunch: [Math.max(...seconds)],
        cpuLaunched: [(launched.worker - before.worker) / RUNS],
        cpuSettled: [(settled.worker - before.worker) / RUNS],
        serverCpu: [(launched.server - before.server) / RUNS],
        peakMemory: [peakMib],
        callsWithQueue: [totalOf(asked.aws) / RUNS],
        requestsWithQueue: [totalOf(asked.api) / RUNS],
      },
    };
  });
}

/** The same without a queue: only what the runs ask of AWS and the server. */
export async function measureLaunchesWithoutQueue(
  arena: Arena,
  contender: Contender,
): Promise<Pick<Launches, 'samples' | 'asked'>> {
  const jobs = new HeldJobs();
  return await arena.with(contender, { simulate: jobs.simulate }, async (side) => {
    const { asked } = await launchAndComplete(arena, side, jobs);
    const samples = {
      callsWithout: [totalOf(asked.aws) / RUNS],
      requestsWithout: [totalOf(asked.api) / RUNS],
    };
    return { samples, asked };
  });
}

/** Creates `count` runs of three deployments that are due immediately, by bulk requests. */
export async function scheduleRuns({ world }: Side, count: number): Promise<void> {
  const deployments: { readonly id: string }[] = [];
  for (let each = 0; each < DEPLOYMENTS; each += 1) deployments.push(await world.deployCommand('true'));
  for (let made = 0; made < count; made += BULK) {
    const deployment = deployments[(made / BULK) % DEPLOYMENTS];
    const runs = Array.from({ length: Math.min(BULK, count - made) }, () => ({ state: { type: 'SCHEDULED' } }));
    await world.api.post(`/deployments/${deployment?.id}/create_flow_run/bulk`, runs);
  }
}

/** Waits until `count` jobs run or have crashed. */
export async function whenLaunched(jobs: HeldJobs, reports: CrashReports, count: number): Promise<void> {
  await waitFor(() => jobs.running + reports.count >= count, LAUNCH_LIMIT_MS);
  if (jobs.running + reports.count < count) throw new Error(`Only ${jobs.running} of ${count} runs were launched`);
}

/** Waits until the worker has read its queue, if there is one, and for what it does then. */
export async function whenSettled(side: Side): Promise<void> {
  await sleep(SETTLE_MS);
  await waitFor(() => side.unreadEvents === 0, SETTLE_LIMIT_MS);
  await sleep(SETTLE_MS);
}

/** Waits until a condition holds, up to a time limit. */
export async function waitFor(isSo: () => boolean, longestMs: number): Promise<void> {
  const endsAtMs = Date.now() + longestMs;
  while (!isSo() && Date.now() < endsAtMs) await sleep(LOOK_MS);
}

async function launchAndComplete(arena: Arena, side: Side, jobs: HeldJobs) {
  const { world, aws, proxy } = side;
  const reports = new CrashReports(proxy);
  const { child, polled } = side.start();
  await polled;
  const used = async (): Promise<Used> => ({
    worker: cpuMsOf(child.pid),
    server: await arena.serverCpuMs(),
  });
  const pause = (is_paused: boolean) => world.api.patch(`/work_pools/${world.pool}`, { is_paused });
  await pause(true);
  await scheduleRuns(side, RUNS);
  await sleep(SETTLE_MS);
  const before = await used();
  const askedBefore = { requests: proxy.requests.length, calls: aws.callCounts() };
  const resumedMs = Date.now();
  await pause(false);
  await whenLaunched(jobs, reports, RUNS);
  const launched = await used();
  const calls = aws.calls({ service: 'ecs', operation: 'RunTask', outcome: 'ok' });
  const completed = { state: { type: 'COMPLETED', name: 'Completed' }, force: true };
  for (const id of jobs.runIds) await world.api.post(`/flow_runs/${id}/set_state`, completed);
  jobs.end(RUNS, 0);
  await whenSettled(side);
  return {
    before,
    launched,
    settled: await used(),
    asked: {
      api: apiCounts(proxy.requests.slice(askedBefore.requests)),
      aws: awsCounts(askedBefore.calls, aws.callCounts()),
    },
    seconds: calls.map(({ startedAtMs }) => (startedAtMs - resumedMs) / 1000),
    peakMib: residentMib(child.pid, 'VmHWM'),
  };
}
