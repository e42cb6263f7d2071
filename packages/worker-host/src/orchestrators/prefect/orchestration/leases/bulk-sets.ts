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
 * Divides runs into those of one deployment that are due, and others. While the server handles a bulk request, it writes what it
 * adds to the state of one run into those of the next ones: the lease of a place of the deployment's limit, and the time for which
 * the run is scheduled. Within a deployment each run gets a lease of its own, and of a time that is over nothing depends.
 *
 * @param serverNowMs the server's time in milliseconds since the epoch
 */
export function bulkSetsOf<Item extends Claimed>(
  group: readonly Item[],
  isAlone: (item: Item) => boolean,
  serverNowMs: number,
): BulkSets<Item> {
  const others: Item[] = [];
  const byDeployment = new Map<string | null, Item[]>();
  for (const item of group) {
    const { deploymentId, nextScheduledStartTime } = item.flowRun;
    const isDue = nextScheduledStartTime !== null && Date.parse(nextScheduledStartTime) <= serverNowMs;
    if (!isDue || isAlone(item)) others.push(item);
    else byDeployment.set(deploymentId, [...(byDeployment.get(deploymentId) ?? []), item]);
  }
  const all = [...byDeployment.values()];
  others.push(...all.filter(({ length }) => length === 1).flat());
  return { sets: all.filter(({ length }) => length > 1), others };
}
