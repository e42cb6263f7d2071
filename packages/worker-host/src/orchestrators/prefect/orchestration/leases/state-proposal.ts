import { randomUUID } from 'node:crypto';
import {
  type JsonObject,
  type StateAnswer,
  type StateProposal,
  type StateType,
  usualStateName,
} from '@worker-host/core';
import type { ApiOrchestrationResult, ApiStateCreate } from '../../api/api-types.js';
import { toState } from '../../api/nouns-from-api.js';

const LEASE = 'deployment_concurrency_lease_id';

/** Returns the state of a proposal, for the API. */
export interface StateBody {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  readonly data: null;
  readonly state_details: JsonObject;
}

/**
 * Creates the body of a proposal. Its transition id is new, and stays the same when the request is repeated, so that an
 * accepted state with a lost response is recognised.
 *
 * @param leaseId concurrency lease of the run's deployment, which older servers do not preserve; null: none
 */
export function stateBody(flowRunId: string, proposal: StateProposal, leaseId: string | null): StateBody {
  return {
    type: proposal.type,
    name: proposal.name ?? usualStateName(proposal.type),
    message: proposal.message ?? null,
    data: null,
    state_details: {
      flow_run_id: flowRunId,
      transition_id: randomUUID(),
      ...(leaseId === null ? {} : { [LEASE]: leaseId }),
      ...proposal.stateDetails,
    },
  };
}

/** Creates the body of one state for several runs: it names none of them. */
export function sharedStateBody({ type, name, message }: StateProposal, transitionId: string): ApiStateCreate {
  return {
    type,
    name: name ?? usualStateName(type),
    message: message ?? null,
    data: null,
    state_details: { transition_id: transitionId },
  };
}

/**
 * Interprets the server's response. A rejection with the proposed state itself is an acceptance seen twice.
 *
 * @param isProposed returns true for the transition id of this proposal, and of an earlier one without a response
 */
export function stateAnswer(
  result: ApiOrchestrationResult,
  isProposed: (transitionId: unknown) => boolean,
): StateAnswer {
  const state = result.state === null ? null : toState(result.state);
  const reason = result.details.reason ?? 'the server gave no reason';
  if (state !== null && (result.status === 'ACCEPT' || isProposed(state.stateDetails.transition_id))) {
    return { status: 'ACCEPT', state };
  }
  if (result.status === 'WAIT') {
    return { status: 'WAIT', state, reason, delaySeconds: result.details.delay_seconds ?? 0 };
  }
  return { status: result.status === 'ABORT' ? 'ABORT' : 'REJECT', state, reason };
}

/** Returns the concurrency lease of an accepted state; null: none. */
export function leaseOf(stateDetails: JsonObject): string | null {
  const lease = stateDetails[LEASE];
  return typeof lease === 'string' ? lease : null;
}
