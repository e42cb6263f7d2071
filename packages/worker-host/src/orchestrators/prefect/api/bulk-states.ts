import { type Clock, isJsonObject, type JsonObject, type JsonValue, type StateType } from '@worker-host/core';
import type { RestClient } from '../rest/rest-client.js';
import { isRefusal } from '../rest/rest-errors.js';
import { isOrchestrationResult } from './api-shapes.js';
import type { ApiOrchestrationResult, ApiStateCreate } from './api-types.js';
import { isServerFault } from './poisoned-runs.js';

/** Maximum number of runs in one request; the server accepts 50. */
export const MOST_IN_BULK = 16;

/** After a 500, states are proposed one by one for this long: the failure may concern one of the runs. */
const PAUSED_MS = 10 * 60_000;

/** One state for several runs. */
export interface BulkProposal {
  readonly ids: readonly string[];
  /** A run whose state is of another type, as the server reads it at the start of the request, is not changed. */
  readonly from: readonly StateType[];
  readonly state: ApiStateCreate;
}

/**
 * Proposes one state for several runs in one request. The server applies the same rules as for single runs, one run after the
 * other, each in its own transaction.
 */
export class BulkStates {
  #isSupported: boolean;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rest: RestClient,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    /** False: the endpoint is not used. */
    isSupported: boolean,
  ) {
    this.#isSupported = isSupported;
  }

  /** False: the server has no such endpoint, refused to use it, or failed to; states are then proposed one by one. */
  get isSupported(): boolean {
    return this.#isSupported && this.clock.monotonicMs() >= this.#pausedUntilMs;
  }

  /**
   * Returns the outcomes by run id, without runs that were not in one of the `from` states, are deleted, or for which the server
   * failed; null if the endpoint is not supported, in which case no state was set.
   */
  async propose({ ids, from, state }: BulkProposal): Promise<ReadonlyMap<string, ApiOrchestrationResult> | null> {
    if (!this.isSupported) return null;
    try {
      const answer = await this.rest.call({
        method: 'POST',
        path: '/flow_runs/bulk_set_state',
        body: {
          flow_runs: { id: { any_: ids }, state: { type: { any_: from } } },
          state,
          force: false,
          limit: ids.length,
        },
        what: `Proposing state ${state.name}`,
        accepts: isBulkAnswer,
      });
      return outcomesOf(answer as BulkAnswer);
    } catch (error) {
      if (isServerFault(error)) this.#pausedUntilMs = this.clock.monotonicMs() + PAUSED_MS;
      // An endpoint that is unknown, or that a proxy or a plan does not allow: no state was set.
      if (!isRefusal(error)) throw error;
      this.#isSupported = false;
      return null;
    }
  }
}

interface BulkAnswer {
  readonly results: readonly (JsonObject & { readonly flow_run_id: string })[];
}

function isBulkAnswer(value: unknown): boolean {
  if (!isJsonObject(value) || !Array.isArray(value.results)) return false;
  return value.results.every((each: JsonValue) => {
    return isJsonObject(each) && typeof each.flow_run_id === 'string' && isOrchestrationResult(each);
  });
}

/** An error of the server while it sets one of the states is answered as an abort without a state. */
function outcomesOf({ results }: BulkAnswer): ReadonlyMap<string, ApiOrchestrationResult> {
  const outcomes = new Map<string, ApiOrchestrationResult>();
  for (const { flow_run_id: id, ...result } of results) {
    const { status, state, details } = result as unknown as ApiOrchestrationResult;
    if (status === 'ABORT' && !state) continue;
    outcomes.set(id, { status, state: state ?? null, details: details ?? {} });
  }
  return outcomes;
}
