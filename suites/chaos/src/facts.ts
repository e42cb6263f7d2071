import type { StateType } from '@worker-host/core';

/** A run in the pool at the end of the experiment. */
export interface RunFact {
  readonly id: string;
  readonly stateType: StateType | null;
  /** What the job of this run was to do. */
  readonly job: JobKind;
  readonly cancelRequested: boolean;
  readonly logLines: readonly string[];
}

/** What the pool says of an array when everything has come to rest. Its runs are among the {@link RunFact}s. */
export interface ArrayFact {
  readonly id: string;
  readonly stateType: string;
  readonly cancelRequested: boolean;
  readonly runStateTypes: readonly StateType[];
}

/** `succeed`: exits with 0; `fail`: exits with 3; `long`: as `succeed`, after a while, and with more output. */
export type JobKind = 'succeed' | 'fail' | 'long';

/** What ECS says of a task. */
export interface TaskFact {
  readonly taskArn: string;
  readonly startedBy: string | null;
  readonly isStopped: boolean;
  readonly stopCode: string | null;
}

/** What the job itself wrote down. */
export interface ExecutionFact {
  readonly flowRunId: string;
  readonly taskArn: string;
  /** False: it was stopped before it could say so. */
  readonly ended: boolean;
}

export interface Observed {
  /** Those of arrays too, but no arrays. */
  readonly runs: readonly RunFact[];
  readonly arrays: readonly ArrayFact[];
  readonly tasks: readonly TaskFact[];
  readonly executions: readonly ExecutionFact[];
  /** Runs that the pool still counts as pending or running. */
  readonly activeSlots: number;
}

/** The parts of a task's `startedBy`: `wh/<run id>/<attempt>/<relaunch>`; null where it is not of ours. */
export function parseStartedBy(
  startedBy: string | null,
): { readonly flowRunId: string; readonly attempt: string; readonly relaunch: number } | null {
  const match = /^wh\/([^/]+)\/([^/]+)\/(\d+)$/.exec(startedBy ?? '');
  const [, flowRunId, attempt, relaunch] = match ?? [];
  return flowRunId && attempt && relaunch ? { flowRunId, attempt, relaunch: Number(relaunch) } : null;
}
