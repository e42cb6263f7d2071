import type { Exemplar, RunProgress, State } from '@worker-host/core';
import type { RunRecord } from './run-record.js';
import type { RunEvent, Transition } from './run-state.js';

/** Traces the runs of a host. */
export interface RunTracer {
  /** Traces a run from when the worker receives it. Never throws. */
  follow(run: RunRecord): RunTrace;
}

/** The trace of one run. Never throws; a failure loses only spans. */
export interface RunTrace {
  /** Environment variables with which spans of the job join the trace. Empty before the claim. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  /**
   * Labels with which the control plane, and the job's engine, find the trace. Empty before the claim, and if the run already
   * has a trace.
   */
  readonly labels: Readonly<Record<string, string>>;
  /** Exemplar for a measurement. Undefined: the trace is not sampled. */
  readonly exemplar: Exemplar | undefined;
  /** @param event the cause of the transition. Null: the worker received the run. */
  moved(event: RunEvent | null, transition: Transition): void;
  progressed(progress: RunProgress): void;
  /** The control plane accepted the end that the worker reported. */
  accepted(state: State): void;
}
