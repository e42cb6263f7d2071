import { isFinalStateType, type State, type StateType } from '@worker-host/core';
import type { StateDecision } from '../host/run/run-decisions.js';
import type { Conclusion } from '../host/run/run-state.js';

/** Result of a run, in the terms of OpenTelemetry's conventions for CI/CD. */
export interface PipelineResult {
  /** `cicd.pipeline.result`. */
  readonly result: 'success' | 'failure' | 'error' | 'timeout' | 'cancellation' | 'skip';
  /** `error.type`. Null: it did not fail. */
  readonly errorType: string | null;
  /** For people. Null: unknown. */
  readonly message: string | null;
}

/** Input when the end of a run is reported. */
export interface ReportedEnd {
  readonly conclusion: Conclusion | null;
  readonly decision: StateDecision | null;
  /** The state after the report. Null: the control plane kept its own. */
  readonly accepted: State | null;
  /** The state in which the run was found. Null: not read, or deleted. */
  readonly foundType: StateType | null;
  /** Kind of the last failed step. Null: none. */
  readonly failure: string | null;
}

const RESULTS: Readonly<Partial<Record<StateType, PipelineResult['result']>>> = {
  COMPLETED: 'success',
  FAILED: 'failure',
  CRASHED: 'error',
  CANCELLED: 'cancellation',
};

/**
 * Returns the result of a run: by the state that the control plane accepted, otherwise by the proposed one (a retried run is
 * scheduled again), otherwise by the one found, otherwise by the exit status.
 */
export function resultOf({ conclusion, decision, accepted, foundType, failure }: ReportedEnd): PipelineResult {
  const proposal = decision?.kind === 'propose' ? decision.proposal : null;
  const type = [accepted?.type, proposal?.type, foundType].find((each) => each && isFinalStateType(each));
  const ended = conclusion?.because === 'ended' ? conclusion.result : null;
  const byState = type ? RESULTS[type] : undefined;
  const result = byState ?? (ended === null ? 'skip' : ended.isSuccess ? 'success' : 'failure');
  if (result !== 'failure' && result !== 'error') return { result, errorType: null, message: null };
  const message = accepted?.message ?? proposal?.message ?? null;
  if (accepted?.name === 'TimedOut') return { result: 'timeout', errorType: 'timeout', message };
  const ofStart = failure ?? conclusion?.because ?? 'unknown';
  const ofEnd = ended === null ? ofStart : (ended.end?.diagnosis?.kind ?? `exit ${ended.statusCode}`);
  return { result, errorType: ofEnd, message };
}
