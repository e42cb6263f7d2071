import type { StateType } from '@worker-host/core';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** Formats a duration in at most two units: `0.4s`, `12s`, `3m 05s`, `2h 10m`, `4d 3h`. */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, seconds);
  if (total < 9.95) return `${total.toFixed(1)}s`;
  const whole = Math.round(total);
  if (whole < MINUTE_SECONDS) return `${whole}s`;
  if (whole < HOUR_SECONDS) return `${Math.floor(whole / MINUTE_SECONDS)}m ${twoDigits(whole % MINUTE_SECONDS)}s`;
  if (whole < DAY_SECONDS)
    return `${Math.floor(whole / HOUR_SECONDS)}h ${twoDigits(Math.floor((whole % HOUR_SECONDS) / MINUTE_SECONDS))}m`;
  return `${Math.floor(whole / DAY_SECONDS)}d ${Math.floor((whole % DAY_SECONDS) / HOUR_SECONDS)}h`;
}

/** Formats a time relative to now: `12s ago`, `in 5m 00s`; `-` for none. */
export function formatWhen(timestamp: string | null, nowMs: number): string {
  if (timestamp === null) return '-';
  const seconds = (Date.parse(timestamp) - nowMs) / 1000;
  if (Number.isNaN(seconds)) return timestamp;
  return seconds > 0 ? `in ${formatDuration(seconds)}` : `${formatDuration(-seconds)} ago`;
}

const LEVEL_NAMES: readonly (readonly [number, string])[] = [
  [50, 'CRITICAL'],
  [40, 'ERROR'],
  [30, 'WARNING'],
  [20, 'INFO'],
];

/** Returns the name of a log level by Prefect's numbers. */
export function formatLevel(level: number): string {
  return LEVEL_NAMES.find(([from]) => level >= from)?.[1] ?? 'DEBUG';
}

/** Returns the severity of a state, for colours. */
export function stateMood(type: StateType): 'good' | 'bad' | 'warn' | 'busy' | 'idle' {
  if (type === 'COMPLETED') return 'good';
  if (type === 'FAILED' || type === 'CRASHED') return 'bad';
  if (type === 'CANCELLED' || type === 'CANCELLING') return 'warn';
  return type === 'PENDING' || type === 'RUNNING' ? 'busy' : 'idle';
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
