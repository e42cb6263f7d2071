import { type Attempt, isFinalStateType } from '@worker-host/core';
import type { ApiFlowRun } from '../../api/api-types.js';
import { claimSeen, holderByHistory, holderSeen, type RunHolder } from '../succession/run-holder.js';
import type { AttemptOfStates } from './attempt-of-states.js';
import { parseRunLabels } from './run-labels.js';

/** A lease, as far as a run can be compared with it. */
export interface ComparedLease {
  readonly attempt: Pick<Attempt, 'id'>;
  readonly fencingToken: string;
}

/** Whether the run on the server is still the lease's. */
export type LeaseFinding =
  | { readonly kind: 'held' }
  | { readonly kind: 'lost'; readonly reason: string }
  /** It is the lease's, and Cancelled or Crashed while its job may still run: a job reports a crash when it is stopped. */
  | { readonly kind: 'stopped'; readonly reason: string }
  /** Undetermined by the run alone; the history of its states decides. */
  | { readonly kind: 'unclear' };

const HELD: LeaseFinding = { kind: 'held' };
const UNCLEAR: LeaseFinding = { kind: 'unclear' };
const lost = (reason: string): LeaseFinding => ({ kind: 'lost', reason });

/** Compares state, attempt and holder of a run with a lease. Null: the run was deleted. */
export function compareRun(run: ApiFlowRun | null, lease: ComparedLease): LeaseFinding {
  if (run === null) return lost('it was deleted');
  const ended = endOf(run);
  if (ended !== null && run.state_type !== 'CANCELLED' && run.state_type !== 'CRASHED') return lost(ended);
  const claim = claimSeen(run);
  if (claim !== null && claim.attemptId !== lease.attempt.id) return lost('another attempt has started');
  // A state without a claim can be that of a worker of another kind that has not labelled the run yet.
  if (claim === null && run.state_type === 'PENDING') return UNCLEAR;
  const labels = parseRunLabels(run.labels);
  if (labels.attemptId === lease.attempt.id) {
    return labels.lease?.token === lease.fencingToken ? ours(run) : lost('another worker owns it');
  }
  return isHolder(holderSeen(run), lease) ? ours(run) : UNCLEAR;
}

/** Like {@link compareRun}, with the history of the run's states. Null: it contains no attempt. */
export function compareHistory(run: ApiFlowRun, history: AttemptOfStates | null, lease: ComparedLease): LeaseFinding {
  if (history?.attempt.id !== lease.attempt.id) return lost('another attempt has started');
  return isHolder(holderByHistory(run, history), lease) ? ours(run) : lost('another worker owns it');
}

function ours(run: ApiFlowRun): LeaseFinding {
  const ended = endOf(run);
  return ended === null ? HELD : { kind: 'stopped', reason: ended };
}

function isHolder(holder: RunHolder, { fencingToken }: ComparedLease): boolean {
  return holder.kind === 'worker' && holder.lease === fencingToken;
}

/**
 * Returns why no lease of the run can be valid. Null: it is active. A retry for which its own job waits is part of the attempt.
 */
function endOf({ state_type, state_name, empirical_policy }: ApiFlowRun): string | null {
  if (state_type !== null && isFinalStateType(state_type)) return `it is ${state_name ?? state_type}`;
  if (state_type === 'SCHEDULED' && empirical_policy?.retry_type !== 'in_process') return 'it was scheduled again';
  return null;
}
