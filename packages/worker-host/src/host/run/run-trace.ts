import type { Exemplar, RunProgress, State } from '@worker-host/core';
import type { RunRecord } from './run-record.js';
import type { RunEvent, Transition } from './run-state.js';

/** Traces the runs of a host. */
export interface RunTracer {
  /** Follows a run from the moment at which the worker gets it. Never throws. */
  follow(run: RunRecord): RunTrace;
}

/** The trace of one run. Never throws; what it misses costs spans and nothing else. */
export interface RunTrace {
  /** Lets the spans of the job join the trace. Empty before the claim. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  /** The labels by which the control plane, and the job's engine, know the trace. Empty before the claim, and where the run came with a trace. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names the trace beside a measurement. Undefined: it is not sampled. */
  readonly exemplar: Exemplar | undefined;
  /** @param event what led to the transition. Null: the worker got the run. */
  moved(event: RunEvent | null, transition: Transition): void;
  progressed(progress: RunProgress): void;
  /** The control plane accepted the end that the worker reported. */
  accepted(state: State): void;
}
