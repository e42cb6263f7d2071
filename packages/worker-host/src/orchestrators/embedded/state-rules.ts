import { isFinalStateType, type StateProposal, type StateType } from '@worker-host/core';

/** What becomes of a proposal: the state to be written, or why there is none. */
export type TransitionDecision =
  | { readonly status: 'ACCEPT'; readonly type: StateType; readonly name: string }
  | { readonly status: 'REJECT' | 'ABORT'; readonly reason: string };

const USUAL_NAMES: Readonly<Record<StateType, string>> = {
  SCHEDULED: 'Scheduled',
  PENDING: 'Pending',
  RUNNING: 'Running',
  PAUSED: 'Paused',
  CANCELLING: 'Cancelling',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CRASHED: 'Crashed',
  CANCELLED: 'Cancelled',
};

/**
 * The rules of the embedded pool. A final state stays. A run that is being cancelled ends, in whatever way it truly
 * ended. A run that nobody has launched yet is cancelled at once. A run never goes back from running to pending.
 */
export function decideTransition(current: StateType, proposal: StateProposal): TransitionDecision {
  const accept = (type: StateType, name?: string): TransitionDecision => ({
    status: 'ACCEPT',
    type,
    name: name ?? USUAL_NAMES[type],
  });
  const { type, name, force = false } = proposal;
  if (force) return accept(type, name);
  if (isFinalStateType(current)) return { status: 'ABORT', reason: `The run is ${current} already` };
  if (current === 'CANCELLING') {
    if (isFinalStateType(type)) return accept(type, name);
    return { status: 'REJECT', reason: 'The run is being cancelled' };
  }
  if (type === 'CANCELLING' && (current === 'SCHEDULED' || current === 'PAUSED')) return accept('CANCELLED');
  if (type === 'PENDING' && current === 'RUNNING') return { status: 'ABORT', reason: 'The run is running already' };
  if (type === 'PENDING' && current === 'PENDING' && (name ?? 'Pending') === 'Pending') {
    return { status: 'ABORT', reason: 'The run is pending already' };
  }
  return accept(type, name);
}
