/** Formats times for people. Times are milliseconds since the epoch. */
export interface TimeFormat {
  /** To the second: `2026-05-01 14:03:22`, in UTC `2026-05-01 12:03:22Z`. */
  second(timestampMs: number): string;
  /** To the millisecond: `2026-05-01 14:03:22.117`. */
  millisecond(timestampMs: number): string;
  /** To the second, with the offset from UTC: `2026-05-01 14:03:22 +02:00`. */
  zoned(timestampMs: number): string;
}

/** In the time zone of the process (`TZ`). */
export const LOCAL_TIME: TimeFormat = {
  second: (ms) => shifted(ms).slice(0, SECOND),
  millisecond: (ms) => shifted(ms).slice(0, MILLISECOND),
  zoned: (ms) => `${shifted(ms).slice(0, SECOND)} ${zoneText(offsetMinutes(ms))}`,
};

export const UTC_TIME: TimeFormat = {
  second: (ms) => `${isoText(ms).slice(0, SECOND)}Z`,
  millisecond: (ms) => `${isoText(ms).slice(0, MILLISECOND)}Z`,
  zoned: (ms) => `${isoText(ms).slice(0, SECOND)}Z`,
};

const SECOND = '2026-05-01 14:03:22'.length;
const MILLISECOND = '2026-05-01 14:03:22.117'.length;
const MINUTE_MS = 60_000;
/** Maximum time of JavaScript. */
const LATEST_MS = 8.64e15;

function shifted(timestampMs: number): string {
  return isoText(timestampMs + offsetMinutes(timestampMs) * MINUTE_MS);
}

function isoText(timestampMs: number): string {
  const isKnown = Math.abs(timestampMs) <= LATEST_MS;
  return isKnown ? new Date(timestampMs).toISOString().replace('T', ' ') : String(timestampMs);
}

/** Offset from UTC in minutes, east positive. */
function offsetMinutes(timestampMs: number): number {
  return -new Date(timestampMs).getTimezoneOffset() || 0;
}

function zoneText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
