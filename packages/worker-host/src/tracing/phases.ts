import type { WorkerEnd } from '@worker-host/core';

/** A phase of a job, in milliseconds since the epoch. */
export interface LaidPhase {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Times of a job that the worker itself saw. */
export interface ObservedJob {
  readonly launchedMs: number;
  /** Null: it was not seen running. */
  readonly runningMs: number | null;
  readonly endMs: number;
}

/** Phase from the attempt to the task: the spans of the worker's own steps already show it, with the reason. */
const BEFORE_THE_JOB = 'queued';

/**
 * Returns the phases of a job. The infrastructure reports durations in order, of which the last one ends with the
 * infrastructure; if it reports none, the times that the worker saw are used.
 */
export function layPhases(end: WorkerEnd | null, { launchedMs, runningMs, endMs }: ObservedJob): readonly LaidPhase[] {
  const durations = Object.entries(end?.phasesSeconds ?? {}).filter(([name]) => name !== BEFORE_THE_JOB);
  if (durations.length === 0) {
    if (runningMs === null) return [];
    return [
      { name: 'start', startMs: launchedMs, endMs: runningMs },
      { name: 'run', startMs: runningMs, endMs },
    ];
  }
  let atMs = end?.endedAtMs ?? endMs;
  const laid = durations.reverse().map(([name, seconds]) => {
    const phase = { name, startMs: atMs - seconds * 1000, endMs: atMs };
    atMs = phase.startMs;
    return phase;
  });
  return laid.reverse();
}
