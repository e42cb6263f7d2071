import type { PrefectApi } from '../api/prefect-api.js';

const PAGE = 200;

/** Input of the poll for cancellations. */
export interface CancelPollQuery {
  readonly workPoolName: string;
  /** Runs whose leases this process holds. */
  readonly heldIds: readonly string[];
  /** True: other runs of the pool may be active. */
  readonly hasOthers: boolean;
}

/**
 * Polls for cancellations while no event stream reports them: of runs of this process, also of those that were
 * cancelled before they ever ran, and of every other run of the pool.
 */
export async function pollCancellations(
  api: PrefectApi,
  { workPoolName, heldIds, hasOthers }: CancelPollQuery,
  onCancelling: (flowRunId: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (hasOthers) {
    const filter = {
      flow_runs: { state: { type: { any_: ['CANCELLING'] } } },
      work_pools: { name: { any_: [workPoolName] } },
    } as const;
    for (const run of await api.listFlowRuns(filter, signal)) onCancelling(run.id);
  }
  const types = hasOthers ? (['CANCELLED'] as const) : (['CANCELLING', 'CANCELLED'] as const);
  for (let from = 0; from < heldIds.length; from += PAGE) {
    const id = { any_: heldIds.slice(from, from + PAGE) };
    const runs = await api.listFlowRuns({ flow_runs: { state: { type: { any_: types } }, id } }, signal);
    for (const run of runs) if (run.state_type === 'CANCELLING' || run.start_time === null) onCancelling(run.id);
  }
}
