import type { Schedule } from '../../../orchestrators/embedded/administration-types.js';
import { formatDuration } from '../../format.js';

/** A schedule in words: `cron 30 2 * * * (Europe/Berlin)`, `every 10m 00s`. */
export function describeSchedule(schedule: Schedule): string {
  return schedule.kind === 'cron'
    ? `cron ${schedule.cron} (${schedule.timezone ?? 'UTC'})`
    : `every ${formatDuration(schedule.intervalSeconds)}`;
}
