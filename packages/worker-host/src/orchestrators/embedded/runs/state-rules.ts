import {
  FINAL_STATE_TYPES,
  isFinalStateType,
  type StateProposal,
  type StateType,
  usualStateName,
} from '@worker-host/core';

/** What becomes of a proposal: the state to be written, or why there is none. */
export type TransitionDecision =
  | { readonly status: 'ACCEPT'; readonly type: StateType; readonly name: string }
  | { readonly status: 'REJECT' | 'ABORT'; readonly reason: string };

/** What a run is in now. */
export interface CurrentState {
  readonly type: StateType;
  readonly name: string;
}

/**
 * State types that may follow each type. Only a claim leads from SCHEDULED to PENDING. A run that is being cancelled may
 * still end by itself, and then that end is stored; a crash of a job that is being stopped is not.
 */
const WAYS: Readonly<Record<StateType, readonly StateType[]>> = {
  SCHEDULED: ['SCHEDULED', 'FAILED', 'CRASHED', 'CANCELLED'],
  PENDING: ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING', ...FINAL_STATE_TYPES],
  RUNNING: ['SCHEDULED', 'RUNNING', 'PAUSED', 'CANCELLING', ...FINAL_STATE_TYPES],
  PAUSED: ['SCHEDULED', 'RUNNING', 'PAUSED', ...FINAL_STATE_TYPES],
  CANCELLING: ['COMPLETED', 'FAILED', 'CANCELLED'],
  COMPLETED: [],
  FAILED: [],
  CRASHED: [],
  CANCELLED: [],
};

/**
 * Applies the rules of the embedded pool. A final state stays; a run never returns from running to pending; a run that was not
 * launched is cancelled immediately; the same state again changes nothing. A forced proposal is always accepted.
 */
export function decideTransition(current: CurrentState, proposal: StateProposal): TransitionDecision {
  const { type, force = false } = proposal;
  const name = proposal.name ?? usualStateName(type);
  if (force) return { status: 'ACCEPT', type, name };
  if (isFinalStateType(current.type)) return { status: 'ABORT', reason: `the run is already ${current.name}` };
  if (type === 'CANCELLING' && (current.type === 'SCHEDULED' || current.type === 'PAUSED'))
    return { status: 'ACCEPT', type: 'CANCELLED', name: usualStateName('CANCELLED') };
  if (type === current.type && name === current.name && type !== 'SCHEDULED')
    return { status: 'REJECT', reason: `the run is already ${current.name}` };
  if (WAYS[current.type].includes(type)) return { status: 'ACCEPT', type, name };
  if (current.type === 'SCHEDULED') return { status: 'REJECT', reason: 'the run waits to be claimed' };
  return { status: 'REJECT', reason: `a run cannot change from ${current.name} to ${name}` };
}
