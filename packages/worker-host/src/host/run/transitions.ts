import { type ReleaseReason, WorkerResult } from '@worker-host/core';
import type { StateDecision } from './run-decisions.js';
import type { Conclusion, Rendering, RunEffect, RunOutcome, RunState, RunStep, Transition } from './run-state.js';

/** The state of a run of which nothing is known yet. */
export const FRESH: RunState = {
  phase: 'scheduled',
  step: null,
  serial: 0,
  failures: 0,
  isWaiting: false,
  cancelCause: null,
  isDraining: false,
  isResumed: false,
  relaunch: 0,
  mayHaveLaunched: false,
  launchPlace: null,
  notBeforeMs: null,
  infrastructurePid: null,
  rendered: null,
  rendering: 'launch',
  conclusion: null,
  refusal: null,
  outcome: null,
};

/** Retries a failed step. */
export function repeat(state: RunState, failed: RunStep, failures: number): Transition {
  // A failed launch may have been sent nevertheless.
  const mayHaveLaunched = state.mayHaveLaunched || failed === 'launch';
  // A run whose end could not be reported is read again: another party may have reported it meanwhile.
  return retry({ ...state, mayHaveLaunched, failures }, failed === 'report' ? 'read' : failed, failures);
}

/** Delays a step. The step gets a new number, so that late events of the failed one are stale. */
export function retry(state: RunState, to: RunStep, waits: number): Transition {
  const serial = state.serial + 1;
  return {
    state: { ...state, step: to, serial, isWaiting: true },
    effects: [{ do: 'retry', step: to, serial, failures: waits }],
  };
}

/** Renders the run's own configuration, or one that suffices to watch it. */
export function render(state: RunState, rendering: Rendering): Transition {
  return step({ ...state, rendering }, 'render');
}

/** Starts a step. */
export function step(state: RunState, to: RunStep): Transition {
  const started: RunState = { ...state, step: to, serial: state.serial + 1, failures: 0, isWaiting: false };
  return { state: started, effects: [stepEffect(started, to)] };
}

export function stepEffect({ serial }: RunState, to: RunStep): RunEffect {
  return { do: 'step', step: to, serial };
}

/** Nothing more is launched or watched: reads the run, so that its end can be decided. */
export function conclude(state: RunState, conclusion: Conclusion): Transition {
  return preceded(
    [{ do: 'end-infrastructure' }, { do: 'conclude', conclusion }],
    step({ ...state, conclusion }, 'read'),
  );
}

/** Keeps the failure count: a failed report is retried from reading the run. */
export function report(state: RunState, decision: StateDecision): Transition {
  const serial = state.serial + 1;
  return {
    state: { ...state, step: 'report', serial, isWaiting: false },
    effects: [{ do: 'report', serial, decision }],
  };
}

/** Releases the run, so that it is offered again. */
export function release(state: RunState, reason: Exclude<ReleaseReason, 'unreported'>): Transition {
  return finish(state, { kind: 'released' }, { do: 'release', reason });
}

/** The infrastructure failed, and another launch repeats nothing. */
export function relaunch(state: RunState, result: WorkerResult, nowMs: number, count: number): Transition {
  const again: RunState = {
    ...state,
    phase: 'submitting',
    relaunch: count,
    infrastructurePid: null,
    launchPlace: null,
    mayHaveLaunched: state.isResumed,
    notBeforeMs: result.end?.endedAtMs ?? (state.isResumed ? null : nowMs),
    conclusion: null,
    rendering: 'launch',
  };
  // The configuration with which a resumed run was watched need not be its own.
  const to: RunStep = state.rendered === 'launch' ? 'launch' : 'render';
  return preceded([{ do: 'relaunch', relaunch: count, result }], retry({ ...again, failures: 0 }, to, count));
}

/** The run is finished here. */
export function finish(state: RunState, outcome: RunOutcome, ...before: readonly RunEffect[]): Transition {
  return { state: { ...state, step: null, outcome }, effects: [...before, { do: 'finish', outcome }] };
}

/** Returns a transition with effects before its own. */
export function preceded(before: readonly RunEffect[], { state, effects }: Transition): Transition {
  return { state, effects: [...before, ...effects] };
}

/** Returns a transition to existing infrastructure, which is stopped if the run is cancelled. */
export function stoppedIfCancelled({ state, effects }: Transition, infrastructurePid: string): Transition {
  if (state.cancelCause === null) return { state, effects };
  return { state, effects: [...effects, { do: 'stop-infrastructure', infrastructurePid }] };
}

/** The infrastructure exists, but its end cannot be seen. */
export function unwatchable(infrastructurePid: string, reason = 'the worker that launched it is gone'): Conclusion {
  return {
    because: 'unwatchable',
    message:
      `The job can no longer be watched, as its worker type cannot resume [infrastructure=${infrastructurePid}]: ` +
      `${reason}. The infrastructure was not changed.`,
  };
}

/** The end of a job whose infrastructure vanished. */
export function vanished(infrastructurePid: string, relaunchCount: number): WorkerResult {
  return new WorkerResult(infrastructurePid, -1, {
    exitCode: null,
    stopRequested: false,
    userCodeRan: 'unknown',
    relaunchable: false,
    diagnosis: {
      kind: 'infrastructure-gone',
      level: 'error',
      summary: 'The infrastructure of the job no longer exists, so its exit status is unknown.',
      detail: `Nothing is known any more about ${infrastructurePid}.`,
      resolution: null,
    },
    phasesSeconds: {},
    logTail: [],
    relaunch: relaunchCount,
    facts: {},
  });
}
