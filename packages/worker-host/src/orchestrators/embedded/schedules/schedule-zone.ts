import { PoolInputError } from '../embedded-errors.js';
import { TimeZone } from './time-zone.js';

const LONGEST_ZONE = 100;

/** Returns the time zone of a schedule; default: UTC. @throws PoolInputError for an unknown one. */
export function zoneOf({ timezone }: { readonly timezone: string | null }): TimeZone {
  if ((timezone?.length ?? 0) > LONGEST_ZONE)
    throw new PoolInputError('schedule', [`its time zone is longer than ${LONGEST_ZONE} characters`]);
  try {
    return new TimeZone(timezone ?? 'UTC');
  } catch (error) {
    throw new PoolInputError(
      'schedule',
      [`unknown time zone '${timezone}'; expected a name such as Europe/Berlin or UTC`],
      { cause: error },
    );
  }
}
