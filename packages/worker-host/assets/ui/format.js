// How numbers and times are written.

/** `0.4s`, `12s`, `3m 05s`, `2h 10m`, `4d 3h`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const total = Math.max(0, seconds);
  if (total < 9.95) return `${total.toFixed(1)}s`;
  const whole = Math.round(total);
  const two = (value) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
}

/** `12s ago`, `in 5m 00s`. */
export function when(timestamp, nowMs) {
  if (!timestamp) return '–';
  const seconds = (Date.parse(timestamp) - nowMs) / 1000;
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}

/** Local date and time: `2026-05-01 14:03:22`. */
export function localTime(timestamp) {
  const date = new Date(timestamp);
  const two = (value) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How good a state is: a class of the style sheet. */
export function moodOf(type) {
  if (type === 'COMPLETED') return 'good';
  if (type === 'FAILED' || type === 'CRASHED') return 'bad';
  if (type === 'CANCELLED' || type === 'CANCELLING' || type === 'LATE') return 'warn';
  return type === 'PENDING' || type === 'RUNNING' ? 'busy' : 'idle';
}

export function schedule(each) {
  if (each.kind === 'cron') return `${each.cron} (${each.timezone ?? 'UTC'})`;
  if (each.kind === 'rrule') return `${each.rrule} (${each.timezone ?? 'UTC'})`;
  return each.kind === 'interval' ? `every ${duration(each.intervalSeconds)}` : JSON.stringify(each);
}
