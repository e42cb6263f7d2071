import type { RunPolicy } from './run-state.js';

/** Beginning of the message of such a run. */
export const SUBMISSION_FAILED = 'Failed to submit flow run to infrastructure: ';

/** Returns whether too many owners died with a run before they launched it. */
export function isDeadly(deaths: number, { deathLimit }: Pick<RunPolicy, 'deathLimit'>): boolean {
  return deathLimit > 0 && deaths >= deathLimit;
}

/** Why such a run is not launched. */
export function deadlyRefusal(deaths: number): string {
  return (
    `${SUBMISSION_FAILED}${deaths} ${deaths === 1 ? 'worker' : 'workers'} died before launching this run. ` +
    'Check its job variables and the template of the work pool, then run it again.'
  );
}
