import type { FlowRun } from '@worker-host/core';

interface Claimed {
  readonly flowRun: FlowRun;
}

/** Runs to claim, by how they are claimed. */
export interface BulkSets<Item> {
  /** Each by one request. */
  readonly sets: readonly (readonly Item[])[];
  /** Each by a request of its own. */
  readonly others: readonly Item[];
}

/**
 * Divides runs into sets of one deployment that are due, or due at the same time, and others. While the server handles a bulk
 * request, it writes what it adds to the state of one run into those of the next ones: the lease of a place of the deployment's
 * limit, and the time for which the run is scheduled. Within a deployment each run gets a lease of its own, and nothing depends on
 * a time that is over.
 *
 * @param serverNowMs the server's time in milliseconds since the epoch
 */
export function bulkSetsOf<Item extends Claimed>(
  group: readonly Item[],
  isAlone: (item: Item) => boolean,
  serverNowMs: number,
): BulkSets<Item> {
  const others: Item[] = [];
  const byKey = new Map<string, Item[]>();
  for (const item of group) {
    const { deploymentId, nextScheduledStartTime: time } = item.flowRun;
    if (time === null || isAlone(item)) {
      others.push(item);
      continue;
    }
    const key = `${deploymentId} ${Date.parse(time) <= serverNowMs ? 'due' : time}`;
    byKey.set(key, [...(byKey.get(key) ?? []), item]);
  }
  const all = [...byKey.values()];
  others.push(...all.filter(({ length }) => length === 1).flat());
  return { sets: all.filter(({ length }) => length > 1), others };
}
