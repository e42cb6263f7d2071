import { ACTIVE_STATE_TYPES, FINAL_STATE_TYPES, type LaunchPlace } from '@worker-host/core';
import type { PrefectApi } from '../../api/prefect-api.js';
import { parseLaunch } from '../leases/run-labels.js';
import { placeText } from './place-variable.js';
import type { StoredPlaces } from './stored-places.js';

const RUNS = 200;
const MOST_PLACES = 100;
/** States of runs that were claimed at least once. */
const CLAIMED = [...ACTIVE_STATE_TYPES, 'PAUSED', ...FINAL_STATE_TYPES] as const;

/**
 * Returns at most 100 distinct places of the pool: those of its latest launches, newest first, then the others that are stored.
 * Launch places differ by more than where to search, so they do not displace stored ones.
 */
export async function readLaunchPlaces(
  api: Pick<PrefectApi, 'listFlowRunPage'>,
  stored: Pick<StoredPlaces, 'read'>,
  workPoolName: string,
  signal?: AbortSignal,
): Promise<readonly LaunchPlace[]> {
  const filter = { flow_runs: { state: { type: { any_: CLAIMED } } }, work_pools: { name: { any_: [workPoolName] } } };
  const page = { sort: 'START_TIME_DESC', limit: RUNS, offset: 0 } as const;
  const [{ items }, kept] = await Promise.all([api.listFlowRunPage(filter, page, signal), stored.read(signal)]);
  const launched = items.map(({ labels }) => parseLaunch(labels)?.place ?? null);
  const labelled = distinct(launched.filter((place) => place !== null));
  const others = [...distinct(kept)].filter(([text]) => !labelled.has(text)).map(([, place]) => place);
  return [...[...labelled.values()].slice(0, MOST_PLACES - others.length), ...others];
}

/** By text, in the order in which each occurs first. */
function distinct(places: readonly LaunchPlace[]): ReadonlyMap<string, LaunchPlace> {
  return new Map(places.map((place) => [placeText(place), place]));
}
