import type { Attempt } from '@worker-host/core';
import type { ApiState } from '../../api/api-types.js';
import { type ClaimNote, parseClaimMessage } from './claim-message.js';

/** The attempt of a run, from the history of its states. */
export interface AttemptOfStates {
  readonly attempt: Attempt;
  /** True: there was an earlier attempt. */
  readonly isRepeated: boolean;
  /** The worker in the claim's message. Null: claimed by a worker of another kind. */
  readonly note: ClaimNote | null;
  /** Last time at which the claiming worker set a state of this attempt (server's milliseconds since the epoch). */
  readonly seenAtMs: number;
}

/**
 * Returns the attempt of a pending or running run: its id is that of the first state of the latest unbroken sequence of
 * PENDING states, which was accepted when the run was claimed. Null: it was never pending.
 */
export function attemptOfStates(flowRunId: string, states: readonly ApiState[]): AttemptOfStates | null {
  const last = states.findLastIndex(({ type }) => type === 'PENDING');
  let first = last;
  while (states[first - 1]?.type === 'PENDING') first -= 1;
  const state = states[first];
  if (!state) return null;
  const note = parseClaimMessage(state.message);
  const byClaimer = states
    .slice(first, last + 1)
    .filter(({ message }) => parseClaimMessage(message)?.lease === note?.lease);
  return {
    attempt: { flowRunId, id: state.id, startedAtMs: Date.parse(state.timestamp) },
    isRepeated: states.slice(0, first).some(({ type }) => type === 'PENDING'),
    note,
    seenAtMs: Math.max(...byClaimer.map(({ timestamp }) => Date.parse(timestamp))),
  };
}
