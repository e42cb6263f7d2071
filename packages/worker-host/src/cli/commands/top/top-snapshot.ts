import { ACTIVE_STATE_TYPES, FINAL_STATE_TYPES } from '@worker-host/core';
import type { Administration } from '../../../orchestrators/embedded/administration-types.js';
import type { PoolOverview } from '../../../orchestrators/embedded/listing/pool-overview.js';
import type { RunSummary } from '../../../orchestrators/embedded/listing/run-summaries.js';

const MOST_RUNS = 200;
const WINDOW_MINUTES = 10;
const MINUTE_MS = 60_000;

/** The state of a pool at one time, as shown by `top`. */
export interface TopSnapshot {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly overview: PoolOverview;
  /** Up to 200 runs that a worker owns. */
  readonly active: readonly RunSummary[];
  /** Up to 200 due runs that no worker owns. */
  readonly waiting: readonly RunSummary[];
  /** Up to 200 ended runs, the last one first. */
  readonly ended: readonly RunSummary[];
  /** Runs that ended per minute, in the last ten minutes. */
  readonly endedPerMinute: number;
}

/** @throws NotFoundError */
export async function readTopSnapshot(
  administration: Pick<Administration, 'readPoolOverview' | 'listRuns'>,
  workPoolName: string,
  nowMs: number,
): Promise<TopSnapshot> {
  const overview = await administration.readPoolOverview(workPoolName);
  const common = { workPoolName, limit: MOST_RUNS };
  const active = await administration.listRuns({ ...common, states: ACTIVE_STATE_TYPES });
  const waiting = await administration.listRuns({ ...common, states: ['SCHEDULED'], untilMs: nowMs + 1 });
  const ended = await administration.listRuns({ ...common, states: FINAL_STATE_TYPES });
  return {
    atMs: nowMs,
    overview,
    active: active.runs,
    waiting: waiting.runs,
    ended: ended.runs,
    endedPerMinute: rateOf(ended.runs, nowMs),
  };
}

/** If more runs ended than are listed, the rate is that of the time in which the listed ones ended. */
function rateOf(ended: readonly RunSummary[], nowMs: number): number {
  const agesMinutes = ended
    .map(({ stateSince }) => (nowMs - Date.parse(stateSince ?? '')) / MINUTE_MS)
    .filter((age) => age <= WINDOW_MINUTES);
  const isCut = agesMinutes.length === MOST_RUNS;
  return agesMinutes.length / (isCut ? Math.max(...agesMinutes, 1 / 60) : WINDOW_MINUTES);
}
