import type { FlowRun } from '@worker-host/core';
import type { ApiFlowRunFilter } from './api/api-types.js';
import { toFlowRun } from './api/nouns-from-api.js';
import type { PrefectApi } from './api/prefect-api.js';

const MOST_LATE = 200;

type Runs = Pick<PrefectApi, 'listFlowRunPage'>;

/** Returns up to 200 unclaimed runs of a pool that were due before a time, the longest overdue first. */
export async function readLateRuns(api: Runs, workPoolName: string, beforeMs: number): Promise<readonly FlowRun[]> {
  const page = { sort: 'EXPECTED_START_TIME_ASC', limit: MOST_LATE, offset: 0 } as const;
  const { items } = await api.listFlowRunPage(waitingSince(workPoolName, beforeMs), page);
  // The time of a retry is later than the original expected time.
  return items
    .map(toFlowRun)
    .filter(
      ({ nextScheduledStartTime, isRetriedByItsJob }) =>
        isRetriedByItsJob !== true &&
        (nextScheduledStartTime === null || Date.parse(nextScheduledStartTime) <= beforeMs),
    );
}

function waitingSince(workPoolName: string, beforeMs: number): ApiFlowRunFilter {
  return {
    flow_runs: {
      state: { type: { any_: ['SCHEDULED'] } },
      expected_start_time: { before_: new Date(beforeMs).toISOString() },
    },
    work_pools: { name: { any_: [workPoolName] } },
  };
}
