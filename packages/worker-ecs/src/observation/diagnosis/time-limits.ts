import type { EcsTask } from '../../aws/ecs-api.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { timeMs } from './task-phases.js';

/** An exceeded time limit, for which the worker stopped the task. */
export interface ExpiredLimit {
  readonly phase: 'provisioning' | 'start' | 'run';
  readonly limitSeconds: number;
}

type Limits = Pick<EcsSettings, 'provisioningLimitSeconds' | 'startLimitSeconds' | 'runLimitSeconds'>;

/** Returns the time limit that a task has exceeded. Null: none. */
export function expiredLimit(task: EcsTask, launchedAtMs: number, nowMs: number, limits: Limits): ExpiredLimit | null {
  const expired = pendingLimits(task, launchedAtMs, limits).find(({ untilMs }) => nowMs > untilMs);
  return expired ? { phase: expired.phase, limitSeconds: expired.limitSeconds } : null;
}

/** Returns milliseconds until the next limit of a task expires, when it is polled; Infinity: it has none. */
export function untilLimitMs(task: EcsTask, launchedAtMs: number, nowMs: number, limits: Limits): number {
  const pending = pendingLimits(task, launchedAtMs, limits).map(({ untilMs }) => untilMs - nowMs + 1);
  return Math.min(...pending.filter((ms) => ms > 0), Number.POSITIVE_INFINITY);
}

/** Returns the stop reason for a limit; ECS reports it with the end, so that any worker knows the cause. */
export function stopReasonOfLimit({ phase, limitSeconds }: ExpiredLimit): string {
  return `Limit of ${limitSeconds} s for the phase ${phase} of the task`;
}

/** Parses {@link stopReasonOfLimit}. Null: the task was stopped for another reason. */
export function limitOfStopReason(stoppedReason: string | undefined): ExpiredLimit | null {
  const match = /Limit of ([\d.]+) s for the phase (provisioning|start|run) of the task/.exec(stoppedReason ?? '');
  return match ? { phase: match[2] as ExpiredLimit['phase'], limitSeconds: Number(match[1]) } : null;
}

function pendingLimits(
  task: EcsTask,
  launchedAtMs: number,
  { provisioningLimitSeconds, startLimitSeconds, runLimitSeconds }: Limits,
): readonly (ExpiredLimit & { readonly untilMs: number })[] {
  if (task.desiredStatus === 'STOPPED' || task.lastStatus === 'STOPPED') return [];
  const startedMs = timeMs(task.startedAt);
  const limit = (phase: ExpiredLimit['phase'], limitSeconds: number, sinceMs: number) =>
    limitSeconds > 0 ? [{ phase, limitSeconds, untilMs: sinceMs + limitSeconds * 1000 }] : [];
  if (task.lastStatus === 'RUNNING' && startedMs !== null) return limit('run', runLimitSeconds, startedMs);
  const sinceMs = Math.min(launchedAtMs, timeMs(task.createdAt) ?? launchedAtMs);
  const provisioning = task.lastStatus === 'PROVISIONING';
  return [
    ...(provisioning ? limit('provisioning', provisioningLimitSeconds, sinceMs) : []),
    ...limit('start', startLimitSeconds, sinceMs),
  ];
}
