import type { Attempt } from '@worker-host/core';
import type { ApiState } from '../api/api-types.js';

/**
 * The attempt a pending or running run is in: named after the first state of its latest unbroken series of PENDING
 * states, which is the one that was accepted when the run was claimed. Null: it never was pending.
 */
export function attemptOfStates(flowRunId: string, states: readonly ApiState[]): Attempt | null {
  let last = states.length - 1;
  while (last >= 0 && states[last]?.type !== 'PENDING') last -= 1;
  let first = last;
  while (first > 0 && states[first - 1]?.type === 'PENDING') first -= 1;
  const state = states[first];
  return state ? { flowRunId, id: state.id, startedAtMs: Date.parse(state.timestamp) } : null;
}
