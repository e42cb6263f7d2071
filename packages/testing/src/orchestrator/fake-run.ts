import {
  type FlowRun,
  isActiveStateType,
  type JsonObject,
  type RunResources,
  type State,
  type StoredLaunch,
} from '@worker-host/core';

/** A stored line of a job's output. */
export interface FakeOutputLine {
  readonly message: string;
  readonly timestampMs: number;
}

/** A worker process, as the pool sees it. */
export interface FakeOwner {
  /** Null before `open`. */
  readonly workerName: string | null;
  /** True while its heartbeats are recent, or until its death is detected. */
  readonly isLiving: boolean;
}

/** What the pool stores about a run. */
export interface FakeRun {
  flowRun: FlowRun;
  /** Order of creation. */
  readonly sequence: number;
  readonly states: State[];
  /** Milliseconds since the epoch from which the run is due. */
  dueMs: number;
  /** 0: never claimed. */
  attemptNumber: number;
  attemptId: string;
  attemptStartedAtMs: number;
  /** The process that owns the run. Null: released, never claimed, or final. */
  owner: FakeOwner | null;
  fencingToken: string | null;
  /** A released run is offered from this time (monotonic milliseconds). */
  offeredFromMs: number;
  launch: StoredLaunch | null;
  /** Request of the stored launch. Null: none was passed. */
  launchRequest: JsonObject | null;
  outputCursor: string | null;
  /** Number of owners that died with the attempt before they stored a launch. */
  deaths: number;
  /** What the last claim asked for. Null: unknown. */
  resources: RunResources | null;
  /** Milliseconds since the epoch of the first and the last refusal for lack of room. Null: the last claim was no such. */
  noRoom: { readonly sinceMs: number; readonly refusedMs: number } | null;
  readonly output: FakeOutputLine[];
  result: JsonObject | null;
}

/** Returns whether a run occupies a slot: it is owned, or waits to be taken over. */
export function isClaimed({ flowRun }: FakeRun): boolean {
  return flowRun.stateType !== null && isActiveStateType(flowRun.stateType);
}
