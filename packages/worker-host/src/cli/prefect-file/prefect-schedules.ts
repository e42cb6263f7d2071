import type { JsonObject, JsonValue } from '@worker-host/core';

/** Default start of intervals in the embedded pool. */
const EPOCH = '1970-01-01T00:00:00Z';
const READ = new Set([
  'cron',
  'interval',
  'rrule',
  'timezone',
  'anchor_date',
  'active',
  'parameters',
  'slug',
  'day_or',
]);
const ISO_DURATION = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const CLOCK_DURATION = /^(\d+):(\d\d):(\d\d)$/;

export interface ReadSchedule {
  readonly form: JsonObject;
  readonly isActive: boolean;
  readonly ignored: readonly string[];
  readonly problems: readonly string[];
}

/** Returns a schedule of a prefect.yaml in the form of a file for `apply`. */
export function formOfPrefectSchedule(schedule: JsonObject): ReadSchedule {
  const { cron, interval, rrule, timezone, anchor_date: anchor, slug, parameters, active, day_or: dayOr } = schedule;
  const kinds = [cron, interval, rrule].filter((each) => each !== undefined && each !== null);
  const seconds = secondsOf(interval);
  const zone: JsonObject = typeof timezone === 'string' && timezone !== 'UTC' ? { timezone } : {};
  const anchorMs = typeof anchor === 'string' ? Date.parse(anchor) : Number.NaN;
  const form: JsonObject = {
    ...(typeof slug === 'string' ? { name: slug } : {}),
    ...(typeof cron === 'string' ? { cron, ...zone } : {}),
    ...(typeof rrule === 'string' ? { ...zone, ...ruleOf(rrule) } : {}),
    ...(seconds === null ? {} : { interval: seconds }),
    ...(seconds === null || Number.isNaN(anchorMs) || anchorMs === 0
      ? {}
      : { anchor: new Date(anchorMs).toISOString() }),
    ...(typeof parameters === 'object' && parameters !== null && Object.keys(parameters).length > 0
      ? { parameters }
      : {}),
  };
  return {
    form,
    isActive: active !== false && String(active).toLowerCase() !== 'false',
    ignored: [
      ...Object.keys(schedule).filter((key) => !READ.has(key) && schedule[key] !== null),
      ...(seconds !== null && zone.timezone !== undefined ? ['timezone'] : []),
    ],
    problems: [
      ...(kinds.length === 1 ? [] : ['expected one of cron, interval, rrule']),
      ...(interval === undefined || interval === null || seconds !== null
        ? []
        : [`interval: expected seconds, HH:MM:SS or a duration such as PT10M (found: ${JSON.stringify(interval)})`]),
      ...(typeof anchor === 'string' && Number.isNaN(anchorMs) ? [`anchor_date: '${anchor}' is not a valid time`] : []),
      ...(dayOr === false || String(dayOr).toLowerCase() === 'false'
        ? ['day_or: false is not supported; a time matches if its day of month or its day of week does']
        : []),
    ],
  };
}

/** Returns a schedule of the embedded pool in the form of a prefect.yaml, and what cannot be expressed there. */
export function prefectScheduleOf(form: JsonObject): {
  readonly schedule: JsonObject;
  readonly omitted: readonly string[];
} {
  const { name, cron, interval, rrule, timezone, anchor, parameters, ...rules } = form;
  const zone: JsonObject = { timezone: timezone ?? 'UTC' };
  return {
    schedule: {
      ...(name === undefined ? {} : { slug: name }),
      ...(cron === undefined ? {} : { cron, ...zone }),
      ...(rrule === undefined ? {} : { rrule, ...zone }),
      ...(interval === undefined ? {} : { interval, anchor_date: anchor ?? EPOCH }),
      ...(parameters === undefined ? {} : { parameters }),
      active: true,
    },
    omitted: Object.keys(rules).filter((rule) => rule !== 'paused'),
  };
}

/** Prefect also accepts JSON with the time zone next to the rule. */
function ruleOf(text: string): JsonObject {
  try {
    const { rrule, timezone } = JSON.parse(text) as JsonObject;
    return { rrule: rrule ?? null, ...(typeof timezone === 'string' && timezone !== 'UTC' ? { timezone } : {}) };
  } catch {
    return { rrule: text };
  }
}

/** Null: absent or invalid. */
function secondsOf(interval: JsonValue | undefined): number | null {
  if (typeof interval === 'number') return interval;
  if (typeof interval !== 'string') return null;
  const clock = CLOCK_DURATION.exec(interval);
  if (clock !== null) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  const [iso, ...parts] = ISO_DURATION.exec(interval) ?? [];
  if (iso === undefined) return /^\d+(\.\d+)?$/.test(interval) ? Number(interval) : null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds;
}
