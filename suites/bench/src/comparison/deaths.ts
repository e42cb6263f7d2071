import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from './arena.js';
import type { Contender } from './contender.js';
import { CrashReports } from './crash-reports.js';
import { HeldJobs } from './held-jobs.js';
import { QUEUE, scheduleRuns, waitFor, whenLaunched, whenSettled } from './launches.js';
import type { Samples } from './measures.js';

const AT_ONCE = 100;
const EXIT_CODE = 1;
const SETTLE_MS = 5000;
const LONGEST_MS = 60_000;

/** How long it takes until runs are Crashed whose tasks die: one, then a hundred at the same time, with a queue of events. */
export async function measureDeaths(arena: Arena, contender: Contender): Promise<Samples> {
  const jobs = new HeldJobs();
  return await arena.with(contender, { simulate: jobs.simulate, eventsQueue: QUEUE }, async (side) => {
    const reports = new CrashReports(side.proxy);
    side.aws.ecs.onTaskChange(jobs.note);
    await side.start().polled;
    await scheduleRuns(side, 1 + AT_ONCE);
    await whenLaunched(jobs, reports, 1 + AT_ONCE);
    await whenSettled(side);
    const deathOne = await deathsOf(jobs, reports, 1);
    await sleep(SETTLE_MS);
    return { deathOne, deathMany: await deathsOf(jobs, reports, AT_ONCE) };
  });
}

/** Ends `count` tasks. Returns the seconds until each of their runs was Crashed; infinite: it was not. */
async function deathsOf(jobs: HeldJobs, reports: CrashReports, count: number): Promise<readonly number[]> {
  const runIds = jobs.end(count, EXIT_CODE);
  await waitFor(() => runIds.every((id) => reports.storedAtMs(id) !== undefined), LONGEST_MS);
  return runIds.map((id) => {
    const [stoppedMs, storedMs] = [jobs.stoppedAtMs(id), reports.storedAtMs(id)];
    if (stoppedMs === undefined || storedMs === undefined) return Number.POSITIVE_INFINITY;
    return (storedMs - stoppedMs) / 1000;
  });
}
