import {
  type FlowRun,
  isFinalStateType,
  REPORT_GRACE_MS,
  type StateProposal,
  type WorkerResult,
} from '@worker-host/core';
import { explainExit } from './exit-explanations.js';
import type { CancelCause } from './run-state.js';

/** What to do about a run's state. */
export type StateDecision =
  /** Nothing: another party reports the true state. `isOver`: the run is final or deleted. */
  | { readonly kind: 'leave'; readonly reason: string; readonly isOver: boolean }
  | { readonly kind: 'propose'; readonly proposal: StateProposal };

/** Input of a decision about a run's end. */
export interface EndFacts {
  readonly result: WorkerResult;
  /** Why this worker cancelled the run. Null: it did not. */
  readonly cancelCause: CancelCause | null;
  /** The run, just read. Null: deleted. */
  readonly fresh: FlowRun | null;
  readonly hostReportsStates: boolean;
  /** True: an earlier owner started the attempt, so its job may have ended long ago. Default: false. */
  readonly isResumed?: boolean;
  /** Milliseconds since the epoch at which the end was seen. */
  readonly nowMs: number;
}

const GONE = 'the run does not exist any more';
/** True: the engine inside the job reports its own final state. */
export const REPORTED_BY_ITS_JOB = leave('the job reports its own final state');

/** Returns the state to report for a job that has ended. */
export function decideEndState(facts: EndFacts): StateDecision {
  const { result, fresh, hostReportsStates } = facts;
  if (fresh === null) return over(GONE);
  const left = reasonToLeave(fresh);
  if (left !== null && !isCrashOfOrderedStop(fresh, facts)) return left;
  if (facts.cancelCause !== null || fresh.stateType === 'CANCELLING') return decideCancelledEnd(facts);
  if (!hostReportsStates) return decideEngineEnd(facts);
  if (result.isSuccess) return propose({ type: 'COMPLETED', message: null });
  return endedByItsOwnCode(result) ? failed(result) : crashed(result);
}

/**
 * Returns the state of a run that was not launched.
 *
 * @param message the reason.
 */
export function decideSubmissionFailure(
  fresh: FlowRun | null,
  message: string,
  facts: Pick<EndFacts, 'cancelCause' | 'hostReportsStates'>,
): StateDecision {
  if (fresh === null) return over(GONE);
  const left = reasonToLeave(fresh);
  if (left !== null) return left;
  if (facts.cancelCause !== null || fresh.stateType === 'CANCELLING')
    return cancelled('Cancelled before it was launched.');
  if (!facts.hostReportsStates && fresh.stateType === 'RUNNING') return leave('the run is running nevertheless');
  return propose({ type: 'CRASHED', message });
}

/** Returns the state of a run that was cancelled before anything was launched. */
export function decideCancelledBeforeLaunch(fresh: FlowRun | null, message: string): StateDecision {
  if (fresh === null) return over(GONE);
  if (fresh.stateType !== null && isFinalStateType(fresh.stateType)) return over(`it is already ${nameOf(fresh)}`);
  return cancelled(message);
}

/** Returns whether a run is launched again within its attempt. */
export type RelaunchDecision =
  | { readonly again: true; readonly relaunch: number }
  | { readonly again: false; readonly reason: string };

/**
 * Launches again only if that repeats nothing (no user code ran, or the infrastructure ended the job before it reported
 * anything), while the run is still active, and within the budget. The count is stored, so it survives restarts of the host.
 */
export function decideRelaunch(
  { result, cancelCause, fresh, hostReportsStates }: EndFacts,
  relaunchLimit: number,
): RelaunchDecision {
  const { end } = result;
  if (result.isSuccess || end === null || !end.relaunchable) return stay('another launch would not help');
  if (cancelCause !== null || end.stopRequested) return stay('it was stopped on request');
  if (fresh === null) return stay(GONE);
  const left = reasonToLeave(fresh);
  if (left !== null) return stay(left.reason);
  if (fresh.stateType !== 'PENDING' && !(hostReportsStates && fresh.stateType === 'RUNNING'))
    return stay(`it is ${nameOf(fresh)}`);
  if (hostReportsStates && end.userCodeRan === 'yes') return stay('its own code has run');
  if (relaunchLimit === 0) return stay('relaunches are disabled');
  if (end.relaunch >= relaunchLimit) return stay(`it was already launched ${end.relaunch + 1} times`);
  return { again: true, relaunch: end.relaunch + 1 };
}

/**
 * Returns why this worker must not change the state of a run; null: it may, as far as the state shows. The lease determines the
 * ownership.
 */
function reasonToLeave(fresh: FlowRun): Extract<StateDecision, { readonly kind: 'leave' }> | null {
  if (fresh.stateType === null) return over(GONE);
  if (isFinalStateType(fresh.stateType)) return over(`it is already ${nameOf(fresh)}`);
  if ((fresh.stateType === 'SCHEDULED' && !fresh.isRetriedByItsJob) || fresh.stateType === 'PAUSED')
    return leave(`it is ${nameOf(fresh)} and continues later`);
  return null;
}

/** The engine reports a crash when its job is stopped for any reason: the run is Cancelled if it was cancelled. */
function isCrashOfOrderedStop(
  { stateType }: FlowRun,
  { cancelCause, hostReportsStates }: Pick<EndFacts, 'cancelCause' | 'hostReportsStates'>,
): boolean {
  return stateType === 'CRASHED' && cancelCause === 'ordered' && !hostReportsStates;
}

/** The engine inside the job reports its own final state, unless it could not. */
function decideEngineEnd({ result, nowMs, isResumed = false }: EndFacts): StateDecision {
  if (!result.isSuccess) return crashed(result);
  const sinceMs = nowMs - (result.end?.endedAtMs ?? Number.NEGATIVE_INFINITY);
  if (!isResumed || sinceMs < REPORT_GRACE_MS) return REPORTED_BY_ITS_JOB;
  return propose({
    type: 'CRASHED',
    message: 'The job exited with status code 0, but never reported how the run ended.',
  });
}

/** Returns the end of a run that was being cancelled: the true one if its job had ended by itself just before. */
function decideCancelledEnd({ result, hostReportsStates }: EndFacts): StateDecision {
  const { end } = result;
  const endedByItself = end !== null && !end.stopRequested && end.exitCode !== null && !end.relaunchable;
  if (hostReportsStates && endedByItself) {
    if (result.isSuccess) return propose({ type: 'COMPLETED', message: 'It ended just before it was cancelled.' });
    if (result.statusCode !== 143 && result.statusCode !== 137) return failed(result);
  }
  return cancelled('Cancelled; its infrastructure was stopped.');
}

/** Returns whether the job's code ran and ended with its own exit status, without a failure of the infrastructure. */
function endedByItsOwnCode({ end, statusCode }: WorkerResult): boolean {
  if (end === null) return statusCode > 0;
  return end.exitCode !== null && !end.stopRequested && !end.relaunchable && end.userCodeRan !== 'no';
}

function crashed(result: WorkerResult): StateDecision {
  const summary = result.end?.diagnosis?.summary ?? explainExit(result.statusCode).text;
  return propose({
    type: 'CRASHED',
    message: `Flow run infrastructure exited with non-zero status code ${result.statusCode}. ${summary}`,
  });
}

function failed(result: WorkerResult): StateDecision {
  const summary = result.end?.diagnosis?.summary ?? explainExit(result.statusCode).text;
  return propose({ type: 'FAILED', message: `The job exited with status code ${result.statusCode}. ${summary}` });
}

function cancelled(message: string): StateDecision {
  return propose({ type: 'CANCELLED', name: 'Cancelled', message, force: true });
}

function leave(reason: string): Extract<StateDecision, { readonly kind: 'leave' }> {
  return { kind: 'leave', reason, isOver: false };
}

function over(reason: string): Extract<StateDecision, { readonly kind: 'leave' }> {
  return { kind: 'leave', reason, isOver: true };
}

function propose(proposal: StateProposal): StateDecision {
  return { kind: 'propose', proposal };
}

function stay(reason: string): RelaunchDecision {
  return { again: false, reason };
}

function nameOf(run: FlowRun): string {
  return run.stateName ?? run.stateType ?? 'unknown';
}
