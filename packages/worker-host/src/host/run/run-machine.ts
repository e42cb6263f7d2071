import type { WorkerResult } from '@worker-host/core';
import { deadlyRefusal, isDeadly, SUBMISSION_FAILED } from './deadly-run.js';
import { FAILURE_TABLE, FAULT_PATIENCE, PATIENCE, type Verdict } from './failure-table.js';
import {
  decideCancelledBeforeLaunch,
  decideEndState,
  decideRelaunch,
  decideSubmissionFailure,
  type EndFacts,
  REPORTED_BY_ITS_JOB,
} from './run-decisions.js';
import type {
  CancelCause,
  Conclusion,
  FailureKind,
  RunEffect,
  RunEvent,
  RunPolicy,
  RunState,
  RunStep,
  Transition,
} from './run-state.js';
import {
  conclude,
  FRESH,
  finish,
  preceded,
  relaunch,
  release,
  render,
  repeat,
  report,
  step,
  stepEffect,
  stoppedIfCancelled,
  unwatchable,
  vanished,
} from './transitions.js';

const CANCELLED_BEFORE_LAUNCH = 'Cancelled before it was launched.';

/** Creates the state of a due run, which is to be claimed. */
export function beginDue(): Transition {
  return step(FRESH, 'claim');
}

/** Creates the state of a run that an earlier owner claimed and perhaps launched. */
export function beginResumed(
  {
    deaths,
    ...found
  }: Pick<RunState, 'cancelCause' | 'relaunch' | 'launchPlace' | 'infrastructurePid'> & {
    /** See `InterruptedRun.deaths`. */
    readonly deaths: number;
  },
  policy: RunPolicy,
): Transition {
  const state: RunState = {
    ...FRESH,
    ...found,
    refusal: isDeadly(deaths, policy) ? deadlyRefusal(deaths) : null,
    phase: found.infrastructurePid === null ? 'claimed' : 'launched',
    isResumed: true,
    mayHaveLaunched: true,
  };
  const label: RunEffect = { do: 'label' };
  const isCancelled = found.cancelCause !== null;
  const forbid: readonly RunEffect[] = isCancelled ? [{ do: 'forbid-launch' }] : [];
  if (found.infrastructurePid !== null && !policy.canResume && !isCancelled)
    return preceded([label], conclude(state, unwatchable(found.infrastructurePid)));
  if (found.infrastructurePid !== null) return preceded([label, ...forbid], render(state, 'watch'));
  if (isCancelled || (state.refusal !== null && found.launchPlace === null))
    return preceded([label, ...forbid], search(state));
  return preceded([label], render({ ...state, refusal: null }, 'launch'));
}

/**
 * The lifecycle of a run, as a pure function: an event leads to a new state and to effects for the driver.
 *
 *     scheduled -> claimed -> rendered -> submitting -> launched -> running -> ended -> reported
 *
 * A cancellation, a stop of the host, the loss of the lease and each failure are events like any other. An event of a step that
 * is over changes nothing.
 */
export function next(state: RunState, event: RunEvent, policy: RunPolicy): Transition {
  if (state.outcome !== null) return { state, effects: [] };
  if ('serial' in event && event.serial !== state.serial) return { state, effects: [] };
  switch (event.type) {
    case 'claimed':
      return onClaimed(state);
    case 'refused':
      return finish(state, { kind: 'not-claimed', reason: event.reason });
    case 'rendered':
      return onRendered(state, policy);
    case 'found':
      return onFound(state, event.infrastructurePid);
    case 'launching':
      return { state: { ...state, launchPlace: event.place, mayHaveLaunched: true }, effects: [] };
    case 'launched':
      return onLaunched(state, event.infrastructurePid);
    case 'running':
      return { state: { ...state, phase: 'running' }, effects: [] };
    case 'ended':
      return onEnded(state, event.result, event.nowMs, policy);
    case 'read':
      return onRead(state, event.flowRun, policy);
    case 'reported':
      return finish({ ...state, phase: 'reported' }, { kind: 'reported' }, { do: 'release', reason: 'unreported' });
    case 'failed':
      return onFailed(state, event.kind, event.message, event.nowMs, policy);
    case 'waited':
      return onWaited(state);
    case 'cancel':
      return onCancel(state, event.cause);
    case 'drain':
      return { state: { ...state, isDraining: true }, effects: [] };
    case 'stop':
      return release(state, 'worker-stopping');
    case 'lease-lost':
      return lose(state, event.message);
    case 'unauthorized':
      return preceded([{ do: 'fatal' }], release(state, 'failed'));
  }
}

function onWaited(state: RunState): Transition {
  if (state.step === null || !state.isWaiting) return { state, effects: [] };
  return { state: { ...state, isWaiting: false }, effects: [stepEffect(state, state.step)] };
}

function onClaimed(state: RunState): Transition {
  const claimed: RunState = { ...state, phase: 'claimed' };
  if (state.cancelCause !== null) return conclude(claimed, { because: 'cancelled', message: CANCELLED_BEFORE_LAUNCH });
  if (state.isDraining) return release(claimed, 'worker-stopping');
  return preceded([{ do: 'label' }], render(claimed, 'launch'));
}

function onRendered(state: RunState, policy: RunPolicy): Transition {
  const rendered: RunState = { ...state, rendered: state.rendering };
  if (state.infrastructurePid !== null) return watch(rendered, state.infrastructurePid, policy);
  if (state.rendering === 'watch') return step(rendered, 'find');
  const announced: RunState = { ...rendered, phase: 'submitting' };
  return preceded([{ do: 'announce' }], step(announced, 'launch'));
}

/** Watches existing infrastructure, and stops it if the run is cancelled. */
function watch(state: RunState, infrastructurePid: string, policy: RunPolicy): Transition {
  const launched: RunState = { ...state, phase: 'launched', infrastructurePid };
  if (!policy.canResume) {
    // Its end cannot be seen; the stop is requested nevertheless.
    const { state: judged, effects } = conclude(launched, unwatchable(infrastructurePid));
    return stoppedIfCancelled({ state: judged, effects }, infrastructurePid);
  }
  return stoppedIfCancelled(step(launched, 'watch'), infrastructurePid);
}

function onFound(state: RunState, infrastructurePid: string | null): Transition {
  if (infrastructurePid !== null) {
    const found: RunState = { ...state, phase: 'launched', infrastructurePid, refusal: null };
    const stored: RunEffect = { do: 'store-pid', infrastructurePid };
    return preceded([stored], stoppedIfCancelled(step(found, 'watch'), infrastructurePid));
  }
  if (state.cancelCause !== null || state.refusal === null)
    return conclude(state, { because: 'cancelled', message: CANCELLED_BEFORE_LAUNCH });
  return conclude(state, { because: 'refused', message: state.refusal });
}

function onLaunched(state: RunState, infrastructurePid: string): Transition {
  const launched: RunState = { ...state, phase: 'launched', step: 'watch', failures: 0, infrastructurePid };
  const stored: RunEffect = { do: 'store-pid', infrastructurePid };
  return preceded([stored], stoppedIfCancelled({ state: launched, effects: [] }, infrastructurePid));
}

function onEnded(state: RunState, result: WorkerResult, nowMs: number, policy: RunPolicy): Transition {
  const ended: RunState = { ...state, phase: 'ended' };
  const isUndisturbed = state.cancelCause === null && !state.isResumed;
  const isReportedByItsJob = !policy.hostReportsStates && result.isSuccess && isUndisturbed;
  const conclusion: Conclusion = { because: 'ended', result, nowMs };
  if (!isReportedByItsJob) return conclude(ended, conclusion);
  const over: readonly RunEffect[] = [{ do: 'end-infrastructure' }, { do: 'conclude', conclusion }];
  return preceded(over, report({ ...ended, conclusion }, REPORTED_BY_ITS_JOB));
}

/** The current state of the run decides about its end. */
function onRead(state: RunState, flowRun: EndFacts['fresh'], policy: RunPolicy): Transition {
  const { conclusion, cancelCause, isResumed } = state;
  if (conclusion === null) return { state, effects: [] };
  const { hostReportsStates } = policy;
  const facts = { cancelCause, hostReportsStates };
  switch (conclusion.because) {
    case 'cancelled':
      return report(state, decideCancelledBeforeLaunch(flowRun, conclusion.message));
    case 'refused':
      return report(state, decideSubmissionFailure(flowRun, conclusion.message, facts));
    case 'unwatchable':
      return report(state, decideSubmissionFailure(flowRun, conclusion.message, facts));
    case 'ended': {
      const end: EndFacts = { ...facts, ...conclusion, fresh: flowRun, isResumed };
      const decision = decideRelaunch(end, policy.relaunchLimit);
      if (decision.again) return relaunch(state, conclusion.result, conclusion.nowMs, decision.relaunch);
      return report(state, decideEndState(end));
    }
  }
}

/** A cancellation determines the end of a run that is already being stopped because it is over. */
function onCancel(state: RunState, cause: CancelCause): Transition {
  if (state.cancelCause === 'ordered' || state.cancelCause === cause) return { state, effects: [] };
  const cancelled: RunState = { ...state, cancelCause: cause };
  if (state.cancelCause !== null) return { state: cancelled, effects: [] };
  const forbid: RunEffect = { do: 'forbid-launch' };
  switch (state.step) {
    case 'watch':
      return state.infrastructurePid === null
        ? { state: cancelled, effects: [forbid] }
        : preceded([forbid], stoppedIfCancelled({ state: cancelled, effects: [] }, state.infrastructurePid));
    case 'render':
      if (state.infrastructurePid !== null) return { state: cancelled, effects: [forbid] };
      return preceded([forbid], abandonLaunch(cancelled));
    case 'launch':
      // A launch in progress ends by itself, with its infrastructure or with nothing; one that waits for a retry does not.
      return state.isWaiting ? preceded([forbid], abandonLaunch(cancelled)) : { state: cancelled, effects: [forbid] };
    default:
      return { state: cancelled, effects: [forbid] };
  }
}

/** Nothing more is launched; what may have been launched is searched for. */
function abandonLaunch(state: RunState): Transition {
  if (!state.mayHaveLaunched) return conclude(state, { because: 'cancelled', message: CANCELLED_BEFORE_LAUNCH });
  return search(state);
}

/**
 * Finds what an earlier attempt may have launched. If no launch is stored, nothing of the run is rendered for it: the pool's
 * defaults suffice.
 */
function search(state: RunState): Transition {
  return state.rendered === null && state.launchPlace !== null ? render(state, 'watch') : step(state, 'find');
}

function onFailed(state: RunState, kind: FailureKind, message: string, nowMs: number, policy: RunPolicy): Transition {
  const { step: failed, infrastructurePid } = state;
  if (failed === null) return { state, effects: [] };
  // The watching configuration is also used to search for existing infrastructure, and failures are handled the same way.
  const judged: RunStep = failed === 'render' && state.rendering === 'watch' ? 'find' : failed;
  const verdict: Verdict = FAILURE_TABLE[judged][kind];
  const failures = state.failures + 1;
  if (failed === 'watch' && !policy.canResume && verdict === 'retry' && infrastructurePid !== null)
    return conclude(state, unwatchable(infrastructurePid, message));
  switch (verdict) {
    case 'retry':
      return repeat(state, failed, failures);
    case 'retry-then-release':
      return failures < PATIENCE ? repeat(state, failed, failures) : release(state, 'failed');
    case 'retry-then-refuse':
      return failures < FAULT_PATIENCE ? repeat(state, failed, failures) : refuse(state, message, false);
    case 'hand-back':
      return state.mayHaveLaunched ? repeat(state, failed, failures) : release(state, 'unreadable');
    case 'not-ready':
      return preceded([{ do: 'not-ready', message }], release(state, 'worker-not-ready'));
    case 'refuse':
      return refuse(state, message, kind === 'refused');
    case 'cancel':
      return state.cancelCause !== null ? abandonLaunch(state) : repeat(state, failed, failures);
    case 'cancel-deployment-gone':
      return cancelDeploymentGone(state, message);
    case 'drop':
      return finish(state, { kind: 'not-claimed', reason: message });
    case 'lose':
      return lose(state, message);
    case 'fatal':
      return failed === 'claim'
        ? preceded([{ do: 'fatal' }], finish(state, { kind: 'not-claimed', reason: message }))
        : preceded([{ do: 'fatal' }], release(state, 'failed'));
    case 'vanish':
      return onEnded(state, vanished(infrastructurePid ?? '', state.relaunch), nowMs, policy);
  }
}

/**
 * The launch is refused.
 *
 * @param isCertain true: the plugin reports that nothing was launched. False: what may have been sent before is searched for
 * first.
 */
function refuse(state: RunState, message: string, isCertain: boolean): Transition {
  const refusal = `${SUBMISSION_FAILED}${message}`;
  if (!isCertain && state.mayHaveLaunched) return search({ ...state, refusal });
  return conclude(state, { because: 'refused', message: refusal });
}

function cancelDeploymentGone(state: RunState, message: string): Transition {
  if (state.mayHaveLaunched) return preceded([{ do: 'forbid-launch' }], search({ ...state, cancelCause: 'ordered' }));
  return conclude(state, { because: 'cancelled', message: `${message}.` });
}

function lose(state: RunState, reason: string): Transition {
  return finish(state, { kind: 'lost', reason });
}
