import type { Diagnosis, JsonObject, WorkerEnd } from '@worker-host/core';
import type { EcsTask } from '../../aws/ecs-api.js';
import { parseStartedBy } from '../../task-run/launch-token.js';
import { matchStopReason } from '../stop-reasons/match-stop-reason.js';
import type { RelaunchRule, StopCause, StopReasonRow } from '../stop-reasons/stop-reason-row.js';
import { STOP_REASON_TABLE } from '../stop-reasons/stop-reason-table.js';
import { mainContainerOf } from './main-container.js';
import { taskPhasesSeconds, timeMs } from './task-phases.js';
import { type ExpiredLimit, limitOfStopReason } from './time-limits.js';

/** How a watched task ended. */
export type ObservedEnd =
  /** ECS reports STOPPED. */
  | {
      readonly kind: 'stopped';
      readonly task: EcsTask;
      readonly expiredLimit: ExpiredLimit | null;
      /** The worker itself requested the stop. */
      readonly stopRequested: boolean;
    }
  /** ECS no longer knows the task, and the worker did not see its end. */
  | {
      readonly kind: 'vanished';
      readonly lastSeen: EcsTask | null;
      readonly missingForSeconds: number;
      readonly stopRequested: boolean;
    };

/** Context of a task's end. */
export interface EndContext {
  readonly containerName: string | null;
  readonly attemptStartedAtMs: number | null;
  readonly relaunch: number;
}

/** Returns the facts of a run's end. Pure; the log tail is added later. */
export function describeEnd(
  end: ObservedEnd,
  context: EndContext,
  table: readonly StopReasonRow[] = STOP_REASON_TABLE,
): WorkerEnd {
  const task = end.kind === 'stopped' ? end.task : end.lastSeen;
  const main = task ? mainContainerOf(task, context.containerName) : null;
  const exitCode = end.kind === 'stopped' ? (main?.exitCode ?? null) : null;
  const userCodeRan = end.kind === 'stopped' ? ranUserCode(end.task, context.containerName) : 'unknown';
  const { diagnosis, relaunch } = explain(end, exitCode, table);
  const stopRequested = end.stopRequested || task?.stopCode === 'UserInitiated';
  return {
    exitCode,
    stopRequested,
    userCodeRan,
    relaunchable: !stopRequested && (relaunch === 'yes' || (relaunch === 'if-not-run' && userCodeRan === 'no')),
    diagnosis,
    phasesSeconds: task ? taskPhasesSeconds(task, context.attemptStartedAtMs) : {},
    logTail: [],
    relaunch: parseStartedBy(task?.startedBy)?.relaunch ?? context.relaunch,
    endedAtMs: timeMs(task?.stoppedAt),
    facts: task ? factsOf(task) : {},
  };
}

/** Returns whether the job's process may have started. `no` only if ECS proves it. */
export function ranUserCode(task: EcsTask, containerName: string | null): 'yes' | 'no' | 'unknown' {
  const main = mainContainerOf(task, containerName);
  if (typeof main?.exitCode === 'number') return 'yes';
  if (task.startedAt !== undefined) return 'unknown';
  if (task.stopCode === 'TaskFailedToStart') return 'no';
  if (task.containers === undefined || main?.runtimeId !== undefined) return 'unknown';
  return 'no';
}

function explain(
  end: ObservedEnd,
  exitCode: number | null,
  table: readonly StopReasonRow[],
): { diagnosis: Diagnosis | null; relaunch: RelaunchRule } {
  if (end.kind === 'vanished') return { diagnosis: vanished(end.missingForSeconds), relaunch: 'never' };
  const { task } = end;
  const limit = limitThatEnded(end);
  if (limit) return { diagnosis: timeLimit(limit), relaunch: 'never' };
  const row = matchStopReason(task, table);
  const detail = detailOf(task);
  if (row) {
    const { cause, level, summary, resolution, relaunch } = row;
    return { diagnosis: { kind: cause, level, summary, detail, resolution }, relaunch };
  }
  if (exitCode === 0) return { diagnosis: null, relaunch: 'never' };
  return { diagnosis: applicationExit(exitCode, detail), relaunch: 'never' };
}

/**
 * Returns whether a stop was requested, by the stopped reason, also for requests of an earlier process. The job can
 * have ended just before.
 */
function limitThatEnded({ task, expiredLimit }: ObservedEnd & { readonly kind: 'stopped' }): ExpiredLimit | null {
  const told = limitOfStopReason(task.stoppedReason ?? undefined);
  if (told) return told;
  return task.stopCode === undefined || task.stopCode === 'UserInitiated' ? expiredLimit : null;
}

function applicationExit(exitCode: number | null, detail: string): Diagnosis {
  if (exitCode === null) {
    const kind: StopCause = 'unknown';
    const summary = 'The task ended without an exit code of its main container';
    return {
      kind,
      level: 'warning',
      summary,
      detail,
      resolution: 'If it was stopped by a request, CloudTrail shows by whom.',
    };
  }
  const hint = EXIT_HINTS[exitCode] ?? { summary: null, resolution: 'See the output of the container.' };
  const kind: StopCause = 'application-exit';
  const summary = `The main container exited with code ${exitCode}${hint.summary ? ` (${hint.summary})` : ''}`;
  return { kind, level: 'error', summary, detail, resolution: hint.resolution };
}

const EXIT_HINTS: Readonly<Record<number, { readonly summary: string; readonly resolution: string }>> = {
  126: {
    summary: 'command not executable',
    resolution: 'Check the file permissions of the command, and the architecture.',
  },
  127: { summary: 'command not found', resolution: 'Check command and image.' },
  137: {
    summary: 'killed by SIGKILL',
    resolution: 'It was killed: it ran out of memory, or did not exit within stopTimeout after a stop.',
  },
  139: { summary: 'segmentation fault', resolution: 'A native library failed; see the output of the container.' },
  143: { summary: 'ended by SIGTERM', resolution: 'It was stopped: by a request, Spot or scaling.' },
};

function vanished(missingForSeconds: number): Diagnosis {
  return {
    kind: 'vanished' satisfies StopCause,
    level: 'error',
    summary: 'ECS no longer knows the task, and the worker did not see its end',
    detail: `Missing for ${Math.round(missingForSeconds)} s. ECS forgets tasks about an hour after their end.`,
    resolution: 'Its outcome is unknown: check its output before you run it again.',
  };
}

function timeLimit({ phase, limitSeconds }: ExpiredLimit): Diagnosis {
  const what = { provisioning: 'get its infrastructure', start: 'start', run: 'end' }[phase];
  return {
    kind: 'time-limit' satisfies StopCause,
    level: 'error',
    summary: `The task did not ${what} within ${limitSeconds} s and was stopped`,
    detail: `Limit of the worker for the phase '${phase}': ${limitSeconds} s.`,
    resolution: `Raise WORKER_HOST_ECS_${phase.toUpperCase()}_LIMIT_SECONDS, or find out why the phase takes so long.`,
  };
}

function detailOf({ stopCode, stoppedReason, containers }: EcsTask): string {
  const parts = [
    ...(stopCode ? [`stop code ${stopCode}`] : []),
    ...(stoppedReason ? [stoppedReason] : []),
    ...(containers ?? []).map(
      ({ name, exitCode, reason }) =>
        `container ${name ?? '?'}: exit code ${exitCode ?? 'none'}${reason ? `, ${reason}` : ''}`,
    ),
  ];
  return parts.join('; ');
}

function factsOf(task: EcsTask): JsonObject {
  const { taskArn, clusterArn, taskDefinitionArn, stopCode, stoppedReason, launchType, capacityProviderName } = task;
  const containers = (task.containers ?? []).map(({ name, exitCode, reason }) => ({
    name: name ?? null,
    exitCode: exitCode ?? null,
    reason: reason ?? null,
  }));
  const known = { taskArn, clusterArn, taskDefinitionArn, stopCode, stoppedReason, launchType, capacityProviderName };
  const present = Object.entries(known).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { ...Object.fromEntries(present), containers };
}
