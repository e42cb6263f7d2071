import type { EcsTask } from '../aws/ecs-api.js';
import type { StopReasonRow } from './stop-reason-row.js';
import { STOP_REASON_TABLE } from './stop-reason-table.js';

/** The first row of the table that fits a stopped task. Null: none; its containers say how it ended. */
export function matchStopReason(
  { stopCode, stoppedReason, containers }: EcsTask,
  table: readonly StopReasonRow[] = STOP_REASON_TABLE,
): StopReasonRow | null {
  const text = [stoppedReason, ...(containers ?? []).map(({ reason }) => reason)].filter((part) => part).join('\n');
  return (
    table.find(
      (row) =>
        (row.stopCodes === undefined || (typeof stopCode === 'string' && row.stopCodes.includes(stopCode))) &&
        (row.pattern === undefined || row.pattern.test(text)),
    ) ?? null
  );
}
