import type { RunEffect, RunEvent, RunPolicy, RunState, RunStep, Transition } from '../../../src/host/run/run-state.js';
import { FRESH } from '../../../src/host/run/transitions.js';

export const POLICY: RunPolicy = { hostReportsStates: true, relaunchLimit: 2, deathLimit: 3, canResume: true };

/** Number of the step of {@link inStep}. */
export const SERIAL = 7;

/** A run in the middle of a step. A step that follows a launch has infrastructure. */
export function inStep(step: RunStep, over: Partial<RunState> = {}): RunState {
  const isLaunched = step === 'watch' || step === 'read' || step === 'report';
  const launched = { phase: 'launched', infrastructurePid: 'pid', mayHaveLaunched: true, rendered: 'launch' } as const;
  return { ...FRESH, phase: 'claimed', step, serial: SERIAL, ...(isLaunched ? launched : {}), ...over };
}

/** The effects, in a word or two each. */
export function effectsOf({ effects }: Transition): readonly string[] {
  return effects.map(textOf);
}

export function failure(
  kind: Extract<RunEvent, { type: 'failed' }>['kind'],
  message = 'why',
  serial = SERIAL,
): RunEvent {
  return { type: 'failed', serial, kind, message, nowMs: 1000 };
}

function textOf(effect: RunEffect): string {
  switch (effect.do) {
    case 'step':
      return `step ${effect.step}`;
    case 'retry':
      return `retry ${effect.step} ${effect.failures}`;
    case 'report':
      return effect.decision.kind === 'leave' ? 'report nothing' : `report ${effect.decision.proposal.type}`;
    case 'store-pid':
    case 'stop-infrastructure':
      return `${effect.do} ${effect.infrastructurePid}`;
    case 'conclude':
      return `conclude ${effect.conclusion.because}`;
    case 'relaunch':
      return `relaunch ${effect.relaunch}`;
    case 'release':
      return `release ${effect.reason}`;
    case 'finish':
      return `finish ${effect.outcome.kind}`;
    default:
      return effect.do;
  }
}
