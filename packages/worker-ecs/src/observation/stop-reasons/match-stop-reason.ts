import type { EcsContainer, EcsTask } from '../../aws/ecs-api.js';
import { awsProse } from '../../aws/errors/aws-prose.js';
import type { StopReasonRow } from './stop-reason-row.js';
import { STOP_REASON_TABLE } from './stop-reason-table.js';

/**
 * Returns the first row of the table that matches a stopped task. Null: none; its containers determine how it ended.
 */
export function matchStopReason(
  { stopCode, stoppedReason, containers }: EcsTask,
  table: readonly StopReasonRow[] = STOP_REASON_TABLE,
): StopReasonRow | null {
  const lines = [stoppedReason, ...(containers ?? []).map(reasonOfEnd)].flatMap((text) =>
    text ? [proseOfReason(text)] : [],
  );
  return (
    table.find(
      ({ stopCodes, pattern }) =>
        (stopCodes === undefined || (typeof stopCode === 'string' && stopCodes.includes(stopCode))) &&
        (pattern === undefined || lines.some((line) => pattern.test(line))),
    ) ?? null
  );
}

function proseOfReason(text: string): string {
  return awsProse(text.replaceAll('\n', ' '))
    .trimStart()
    .replace(/^(?:TaskFailedToStart|Task failed to start): */, '');
}

/** Failures of the agent to stop or inspect a container are irrelevant for a container with an exit code. */
function reasonOfEnd({ reason, exitCode }: EcsContainer): string | null {
  if (!reason) return null;
  return typeof exitCode === 'number' && /^Cannot(?:Stop|Inspect)Container/.test(reason) ? null : reason;
}
