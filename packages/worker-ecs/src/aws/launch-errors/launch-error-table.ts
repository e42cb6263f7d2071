import type { LaunchErrorRow } from './launch-error-row.js';
import { LAUNCH_FAILURES } from './launch-failures.js';
import { LAUNCH_REFUSALS } from './launch-refusals.js';

/** Every kind of launch error that is known by name. Order matters: the first match counts. */
export const LAUNCH_ERROR_TABLE: readonly LaunchErrorRow[] = [...LAUNCH_REFUSALS, ...LAUNCH_FAILURES];
