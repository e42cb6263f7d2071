import { isFinalStateType, type StateProposal, type StateType, usualStateName } from '@worker-host/core';

/** Outcome of a proposal. */
export type FakeTransition =
  | { readonly status: 'ACCEPT'; readonly type: StateType; readonly name: string }
  | { readonly status: 'REJECT' | 'ABORT'; readonly reason: string };

/**
 * The rules of both kinds of control plane. If the host reports states (embedded pool), a run that is being cancelled
 * can still end by itself; if the job does (Prefect), it can only become Cancelled.
 */
export function decideFakeTransition(
  current: { readonly type: StateType; readonly name: string },
  proposal: StateProposal,
  hostReportsStates: boolean,
): FakeTransition {
  const { type, force = false } = proposal;
  const name = proposal.name ?? usualStateName(type);
  if (force) return { status: 'ACCEPT', type, name };
  if (isFinalStateType(current.type)) return { status: 'ABORT', reason: `the run is already ${current.name}` };
  if (type === current.type && name === current.name) return { status: 'REJECT', reason: `the run is ${name} already` };
  if (current.type === 'CANCELLING') {
    const ends: readonly StateType[] = hostReportsStates ? ['COMPLETED', 'FAILED', 'CANCELLED'] : ['CANCELLED'];
    return ends.includes(type)
      ? { status: 'ACCEPT', type, name }
      : { status: 'REJECT', reason: 'the run is being cancelled' };
  }
  if (type === 'PENDING' && current.type !== 'PENDING')
    return { status: 'REJECT', reason: `a run cannot change from ${current.name} to ${name}` };
  return { status: 'ACCEPT', type, name };
}
