import type { ApiFlowRun } from '../../api/api-types.js';
import type { AttemptOfStates } from '../leases/attempt-of-states.js';
import { type ClaimNote, parseClaimMessage } from '../leases/claim-message.js';
import { parseRunLabels, RELEASED, type RunLabels } from '../leases/run-labels.js';

/** Holder of a run, according to its labels and states. */
export type RunHolder =
  /** Its owner has released it. */
  | { readonly kind: 'released' }
  | {
      readonly kind: 'worker';
      readonly name: string;
      /** Fencing token. Null: a worker of another kind, which has none. */
      readonly lease: string | null;
      /** How long the worker can send no heartbeat before it counts as dead. Null: unspecified. */
      readonly silenceMs: number | null;
      /** Server's milliseconds at which the worker is known to have been alive. Null: only its heartbeats show it. */
      readonly seenAtMs: number | null;
    }
  /** Claimed by a worker of another kind that has not labelled it yet, at that time (server's milliseconds). */
  | { readonly kind: 'unknown'; readonly sinceMs: number }
  /** Undetermined by the run alone; the history of its states decides. */
  | { readonly kind: 'unclear' };

interface Claim {
  readonly attemptId: string;
  readonly note: ClaimNote | null;
  readonly seenAtMs: number;
}

/** Returns the holder as far as the run itself shows it: sufficient to leave a run alone, not to take it over. */
export function holderSeen(run: ApiFlowRun): RunHolder {
  const labels = parseRunLabels(run.labels);
  const claim = claimSeen(run);
  if (claim !== null) return holderOf(labels, claim);
  return run.state_type === 'CANCELLING' || labels.worker === null ? { kind: 'unclear' } : byLabels(labels, null);
}

/** Returns the holder, by the run and the history of its states. */
export function holderByHistory(run: ApiFlowRun, { attempt, note, seenAtMs }: AttemptOfStates): RunHolder {
  return holderOf(parseRunLabels(run.labels), { attemptId: attempt.id, note, seenAtMs });
}

/** Returns the attempt in a pending run's state. Null: only its history contains it. */
export function claimSeen({ state, state_type }: ApiFlowRun): Claim | null {
  if (state_type !== 'PENDING' || state === null) return null;
  const note = parseClaimMessage(state.message);
  const attemptId = note?.attemptId ?? (state.name === 'Pending' ? state.id : null);
  return attemptId === null ? null : { attemptId, note, seenAtMs: Date.parse(state.timestamp) };
}

/** Labels of this attempt take precedence; those of an earlier one are irrelevant. */
function holderOf(labels: RunLabels, { attemptId, note, seenAtMs }: Claim): RunHolder {
  if (labels.worker !== null && labels.attemptId === attemptId) {
    return byLabels(labels, note !== null && note.lease === labels.lease?.token ? seenAtMs : null);
  }
  if (note !== null) {
    return { kind: 'worker', name: note.worker, lease: note.lease, silenceMs: note.silenceMs, seenAtMs };
  }
  return labels.worker === null || labels.lease !== null
    ? { kind: 'unknown', sinceMs: seenAtMs }
    : byLabels(labels, null);
}

function byLabels({ worker, lease }: RunLabels, seenAtMs: number | null): RunHolder {
  if (lease?.token === RELEASED) return { kind: 'released' };
  const { token = null, silenceMs = null } = lease ?? {};
  return { kind: 'worker', name: worker ?? '', lease: token, silenceMs, seenAtMs };
}
