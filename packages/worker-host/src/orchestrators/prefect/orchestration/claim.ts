import type { Clock, FlowRun, StateAnswer } from '@worker-host/core';
import type { PrefectApi } from '../api/prefect-api.js';
import { PrefectNotFoundError } from '../rest/rest-errors.js';
import { stateAnswer, stateBody } from './state-proposal.js';

/**
 * A polled run older than this is read again before it is claimed: the server would accept a Pending for a run that
 * has failed or crashed since, and so start it a second time.
 */
const POLL_TRUSTED_MS = 250;

/** Claims runs by proposing Pending. */
export class Claims {
  readonly #polledAtMs = new WeakMap<FlowRun, number>();

  constructor(
    private readonly api: PrefectApi,
    private readonly clock: Clock,
  ) {}

  /** Remembers when a run was seen scheduled. */
  notePolled(flowRun: FlowRun): void {
    this.#polledAtMs.set(flowRun, this.clock.nowMs());
  }

  /** The server's answer to Pending; a run that is not scheduled any more is not proposed for. */
  async claim(flowRun: FlowRun): Promise<StateAnswer> {
    const polledAtMs = this.#polledAtMs.get(flowRun) ?? Number.NEGATIVE_INFINITY;
    let stateType = flowRun.stateType;
    if (this.clock.nowMs() - polledAtMs > POLL_TRUSTED_MS) {
      stateType = (await this.api.readFlowRun(flowRun.id))?.state_type ?? null;
    }
    if (stateType !== 'SCHEDULED') {
      return {
        status: 'ABORT',
        state: null,
        reason: `the run is not scheduled any more [state=${stateType ?? 'deleted'}]`,
      };
    }
    const body = stateBody(flowRun.id, { type: 'PENDING' }, null);
    try {
      const result = await this.api.setFlowRunState(flowRun.id, body, false);
      return stateAnswer(result, body.state_details.transition_id);
    } catch (error) {
      if (!(error instanceof PrefectNotFoundError)) throw error;
      return { status: 'ABORT', state: null, reason: 'the run was deleted' };
    }
  }
}
