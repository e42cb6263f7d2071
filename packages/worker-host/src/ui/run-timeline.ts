import { isFinalStateType, type State } from '@worker-host/core';

/** An interval of a run with one state. */
export interface TimelineBar {
  readonly name: string;
  readonly type: State['type'];
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  /** Milliseconds since the epoch; for the current state: now. */
  readonly endMs: number;
}

/** Returns the states of a run as bars, the oldest first. A final state has no duration, so it is omitted. */
export function timelineOf(states: readonly State[], nowMs: number): readonly TimelineBar[] {
  return states.flatMap(({ name, type, timestamp, stateDetails }, index) => {
    if (isFinalStateType(type)) return [];
    const next = states[index + 1];
    const endMs = next === undefined ? nowMs : Date.parse(next.timestamp);
    const startMs = Math.max(Date.parse(timestamp), dueMs(type, stateDetails.scheduled_time));
    return startMs > endMs ? [] : [{ name, type, startMs, endMs }];
  });
}

/** A run waits from when it is due, not from when it was created. */
function dueMs(type: State['type'], scheduledTime: unknown): number {
  const timeMs = type === 'SCHEDULED' && typeof scheduledTime === 'string' ? Date.parse(scheduledTime) : Number.NaN;
  return Number.isNaN(timeMs) ? Number.NEGATIVE_INFINITY : timeMs;
}
