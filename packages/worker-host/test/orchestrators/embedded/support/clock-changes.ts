const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Zones with clock changes of an hour, half an hour and two hours; forward in spring and in autumn. */
export const ZONES: readonly string[] = [
  'Europe/Berlin',
  'Europe/London',
  'Atlantic/Azores',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Havana',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Chatham',
  'Europe/Dublin',
];
/** A past year: laws about clocks of later ones may change. */
const [FROM_MS, UNTIL_MS] = [Date.UTC(2025, 0, 1), Date.UTC(2026, 0, 1)];

/** Times near each change of the clocks of a zone. */
export function changesOf(zone: string): readonly number[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const offsetAt = (ms: number): string => format.format(ms).split('GMT')[1] ?? '';
  const stepMs = 4 * HOUR_MS;
  const changes: number[] = [];
  for (let ms = FROM_MS; ms < UNTIL_MS; ms += stepMs) if (offsetAt(ms) !== offsetAt(ms + stepMs)) changes.push(ms);
  return changes;
}

/** Local times at each minute from one time to another. */
export function shownBetween(zone: string, fromMs: number, untilMs: number): ReadonlyMap<number, number> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const shown = new Map<number, number>();
  for (let atMs = fromMs; atMs <= untilMs; atMs += MINUTE_MS) {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = format.format(atMs).split(/\D+/).map(Number);
    shown.set(atMs, Date.UTC(year, month - 1, day, hour, minute));
  }
  return shown;
}

/**
 * Minute by minute: a time is used at its first occurrence, or at each; a skipped one is moved by the gap.
 *
 * @param matches returns whether a local time, given as of a clock in UTC, matches.
 */
export function expectedTimes(
  matches: (shown: Date) => boolean,
  isTwice: boolean,
  shown: ReadonlyMap<number, number>,
): ReadonlySet<number> {
  const times = new Set<number>();
  const seen = new Set<number>();
  let before: number | null = null;
  for (const [atMs, wallClockMs] of shown) {
    const gapFrom = before === null ? wallClockMs : before + MINUTE_MS;
    for (let leftOut = gapFrom; leftOut < wallClockMs; leftOut += MINUTE_MS) {
      if (matches(new Date(leftOut))) times.add(atMs + leftOut - gapFrom);
    }
    if (matches(new Date(wallClockMs)) && (isTwice || !seen.has(wallClockMs))) times.add(atMs);
    seen.add(wallClockMs);
    before = wallClockMs;
  }
  return times;
}
