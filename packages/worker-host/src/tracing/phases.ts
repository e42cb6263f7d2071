import type { WorkerEnd } from '@worker-host/core';

/** A phase of a job, in milliseconds since the epoch. */
export interface LaidPhase {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What the worker itself saw of a job. */
export interface ObservedJob {
  readonly launchedMs: number;
  /** Null: it was not seen to run. */
  readonly runningMs: number | null;
  readonly endMs: number;
}

/** From the attempt to the task: the spans of the worker's own steps show it, and why. */
const BEFORE_THE_JOB = 'queued';

/**
 * The phases of a job. The infrastructure gives durations in order, of which the last one ends with the infrastructure;
 * where it gives none, what the worker saw counts.
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
