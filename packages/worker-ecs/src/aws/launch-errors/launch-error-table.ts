import type { LaunchErrorRow } from './launch-error-row.js';
import { LAUNCH_FAILURES } from './launch-failures.js';
import { LAUNCH_REFUSALS } from './launch-refusals.js';

/** Every known kind of launch error. Order matters: the first match applies. */
export const LAUNCH_ERROR_TABLE: readonly LaunchErrorRow[] = [...LAUNCH_REFUSALS, ...LAUNCH_FAILURES];
