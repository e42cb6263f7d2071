import { ACTIVE_STATE_TYPES, isActiveStateType } from '@worker-host/core';
import type { ApiFlowRun } from '../../api/api-types.js';
import type { PrefectApi } from '../../api/prefect-api.js';

const PAGE = 200;

/** Returns whether a run is claimed and not final. */
export function isLive({ state_type }: ApiFlowRun): boolean {
  return state_type !== null && isActiveStateType(state_type);
}

/**
 * Reads the active runs of a pool, page by page, latest first. Pages continue by the runs' start times, so runs that
 * end meanwhile shift nothing. A run that the server cannot read is omitted.
 */
export async function* liveRunPages(
  api: PrefectApi,
  workPoolName: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ApiFlowRun[]> {
  let before: string | null = null;
  /** Runs with the start time of the next page that were already returned. */
  let given: readonly string[] = [];
  for (;;) {
    const { items, hasMore } = await api.listFlowRunPage(
      {
        flow_runs: {
          state: { type: { any_: ACTIVE_STATE_TYPES } },
          ...(before === null ? {} : { expected_start_time: { before_: before }, id: { not_any_: given } }),
        },
        work_pools: { name: { any_: [workPoolName] } },
      },
      { sort: 'EXPECTED_START_TIME_DESC', limit: PAGE, offset: 0 },
      signal,
    );
    if (items.length > 0) yield items;
    const last = items.at(-1)?.expected_start_time ?? null;
    if (!hasMore || last === null) return;
    given = [
      ...(last === before ? given : []),
      ...items.filter((run) => run.expected_start_time === last).map(({ id }) => id),
    ];
    before = last;
  }
}
