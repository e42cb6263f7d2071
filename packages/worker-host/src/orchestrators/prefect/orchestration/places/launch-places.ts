import { ACTIVE_STATE_TYPES, FINAL_STATE_TYPES, type LaunchPlace } from '@worker-host/core';
import type { PrefectApi } from '../../api/prefect-api.js';
import { parseLaunch } from './run-labels.js';

const RUNS = 200;
const MOST_PLACES = 100;
/** States of runs that were claimed at least once. */
const CLAIMED = [...ACTIVE_STATE_TYPES, 'PAUSED', ...FINAL_STATE_TYPES] as const;

/** Returns distinct places of the pool's latest launches, newest first. */
export async function readLaunchPlaces(
  api: PrefectApi,
  workPoolName: string,
  signal?: AbortSignal,
): Promise<readonly LaunchPlace[]> {
  const filter = { flow_runs: { state: { type: { any_: CLAIMED } } }, work_pools: { name: { any_: [workPoolName] } } };
  const { items } = await api.listFlowRunPage(filter, { sort: 'START_TIME_DESC', limit: RUNS, offset: 0 }, signal);
  const places = new Map<string, LaunchPlace>();
  for (const { labels } of items) {
    const place = parseLaunch(labels)?.place;
    if (place === undefined) continue;
    places.set(JSON.stringify(Object.entries(place).sort(([a], [b]) => a.localeCompare(b))), place);
  }
  return [...places.values()].slice(0, MOST_PLACES);
}
