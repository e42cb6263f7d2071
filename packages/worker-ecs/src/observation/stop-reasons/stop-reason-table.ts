import { OTHER_STOP_REASONS, SURE_STOP_REASONS } from './other-stop-reasons.js';
import { START_UP_STOP_REASONS } from './start-up-stop-reasons.js';
import type { StopReasonRow } from './stop-reason-row.js';

/** Every known kind of end. Order matters: the first match applies. */
export const STOP_REASON_TABLE: readonly StopReasonRow[] = [
  ...SURE_STOP_REASONS,
  ...START_UP_STOP_REASONS,
  ...OTHER_STOP_REASONS,
];
