import type { StateType } from '@worker-host/core';
import type { PrefectApi } from '../api/prefect-api.js';

const PAGE = 200;

/** What the poll for cancellations needs to know. */
export interface CancelPollQuery {
  readonly workPoolName: string;
  /** Runs whose leases this process holds. */
  readonly heldIds: readonly string[];
}

/**
 * Looks for cancellations while no event stream reports them: every run of the pool that is being cancelled, whoever
 * owns it, and runs of this process that were cancelled before they ever ran.
 */
export async function pollCancellations(
  api: PrefectApi,
  { workPoolName, heldIds }: CancelPollQuery,
  onCancelling: (flowRunId: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const work_pools = { name: { any_: [workPoolName] } };
  const inState = (type: StateType) => ({ state: { type: { any_: [type] } } });
  for (const run of await api.listFlowRuns({ flow_runs: inState('CANCELLING'), work_pools }, signal)) onCancelling(run.id);
  for (let from = 0; from < heldIds.length; from += PAGE) {
    const id = { any_: heldIds.slice(from, from + PAGE) };
    const cancelled = await api.listFlowRuns({ flow_runs: { ...inState('CANCELLED'), id } }, signal);
    for (const run of cancelled) if (run.start_time === null) onCancelling(run.id);
  }
}
