import type { EcsTask } from '../../aws/ecs-api.js';

/**
 * Returns seconds by phase, from the times that ECS reports: queued (from the attempt to the task), provisioning,
 * image_pull, start, run, stop. Phases with an unknown start or end are omitted.
 */
export function taskPhasesSeconds(task: EcsTask, attemptStartedAtMs: number | null): Readonly<Record<string, number>> {
  const createdMs = timeMs(task.createdAt);
  const pullStartedMs = timeMs(task.pullStartedAt);
  const pullStoppedMs = timeMs(task.pullStoppedAt);
  const startedMs = timeMs(task.startedAt);
  const stoppedMs = timeMs(task.stoppedAt);
  const endedMs = timeMs(task.executionStoppedAt) ?? timeMs(task.stoppingAt) ?? stoppedMs;
  const phases: readonly (readonly [string, number | null, number | null])[] = [
    ['queued', attemptStartedAtMs, createdMs],
    ['provisioning', createdMs, pullStartedMs ?? startedMs],
    ['image_pull', pullStartedMs, pullStoppedMs],
    ['start', pullStoppedMs, startedMs],
    ['run', startedMs, endedMs],
    ['stop', endedMs, stoppedMs],
  ];
  const known = phases.flatMap(([name, fromMs, toMs]) =>
    fromMs === null || toMs === null ? [] : [[name, Math.max(0, Math.round(toMs - fromMs)) / 1000] as const],
  );
  return Object.fromEntries(known);
}

/** Returns milliseconds since the epoch; null: absent or unreadable. */
export function timeMs(time: string | undefined): number | null {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}
