import type { Schedule } from '../../orchestrators/embedded/schedules/schedule-types.js';
import { formatDuration } from './format.js';

/** Describes a schedule: `cron 30 2 * * * (Europe/Berlin)`, `every 10m 00s, overlap skip`. */
export function describeSchedule(schedule: Schedule): string {
  const { overlap = 'allow', jitterSeconds = 0, catchUp, catchUpSeconds } = schedule;
  return [
    describeTimes(schedule),
    ...(overlap === 'allow' ? [] : [`overlap ${overlap}`]),
    ...(jitterSeconds === 0 ? [] : [`jitter ${formatDuration(jitterSeconds)}`]),
    ...(catchUp === undefined ? [] : [`catch up ${catchUp}`]),
    ...(catchUpSeconds === undefined ? [] : [`catch-up window ${formatDuration(catchUpSeconds)}`]),
  ].join(', ');
}

function describeTimes(schedule: Schedule): string {
  if (schedule.kind === 'interval') return `every ${formatDuration(schedule.intervalSeconds)}`;
  const text = schedule.kind === 'cron' ? schedule.cron : schedule.rrule.split(/\s+/).join(' ');
  return `${schedule.kind} ${text} (${schedule.timezone ?? 'UTC'})`;
}
