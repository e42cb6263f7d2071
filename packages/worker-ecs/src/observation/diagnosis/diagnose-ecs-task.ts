import type { EcsContainer, EcsTask } from '../../aws/ecs-api.js';
import { matchStopReason } from '../stop-reasons/match-stop-reason.js';
import type { StopCause } from '../stop-reasons/stop-reason-row.js';

/** Kinds of ends that Prefect's own worker distinguishes. */
export type EcsDiagnosisKind =
  | 'image-pull'
  | 'failed-to-start'
  | 'essential-container-exited'
  | 'terminated-by-infrastructure'
  | 'non-zero-exit';

/** Why a task stopped, for the log of its run. */
export interface EcsTaskDiagnosis {
  readonly kind: EcsDiagnosisKind;
  readonly level: 'WARNING' | 'ERROR';
  /** More specific than the kind. */
  readonly cause: StopCause;
  /** One line. */
  readonly summary: string;
  readonly detail: string;
  readonly resolution: string | null;
}

/**
 * Diagnoses a stopped task from the detail of its event, or from DescribeTasks. Null: it has not stopped, or it stopped
 * normally.
 */
export function diagnoseEcsTask(detail: EcsTask): EcsTaskDiagnosis | null {
  if (detail.lastStatus !== 'STOPPED') return null;
  const kind = kindOf(detail);
  if (kind === null) return null;
  const row = matchStopReason(detail);
  return {
    kind,
    level: levelOf(kind, detail),
    cause: row?.cause ?? (failedContainers(detail).length > 0 ? 'application-exit' : 'unknown'),
    summary: row?.summary ?? SUMMARIES[kind],
    detail: detailOf(kind, detail),
    resolution: row ? row.resolution : RESOLUTIONS[kind],
  };
}

const SUMMARIES: Readonly<Record<EcsDiagnosisKind, string>> = {
  'image-pull': 'The image could not be pulled',
  'failed-to-start': 'The task failed to start',
  'essential-container-exited': 'An essential container exited, which ended the task',
  'terminated-by-infrastructure': 'The task was stopped from outside: its containers have no exit code',
  'non-zero-exit': 'A container exited with a code other than 0',
};

const RESOLUTIONS: Readonly<Record<EcsDiagnosisKind, string>> = {
  'image-pull': 'Check that image and tag exist, and that the execution role can read the registry.',
  'failed-to-start': 'Roles, network, image and size of the task are the usual causes.',
  'essential-container-exited': 'See the output of the container. Exit code 137 can mean that it ran out of memory.',
  'terminated-by-infrastructure':
    'Causes are a manual stop, Spot, scaling or a failed host; CloudTrail shows who stopped it.',
  'non-zero-exit': 'See the output of the container. Exit code 137 can mean that it ran out of memory.',
};

function kindOf({ stopCode, stoppedReason, containers }: EcsTask): EcsDiagnosisKind | null {
  if (stoppedReason?.includes('CannotPullContainerError')) return 'image-pull';
  if (stopCode === 'TaskFailedToStart') return 'failed-to-start';
  if (stopCode === 'EssentialContainerExited') return 'essential-container-exited';
  const bad = (containers ?? []).filter(({ exitCode }) => exitCode !== 0);
  if (bad.length === 0) return null;
  return bad.every(hasNoExitCode) ? 'terminated-by-infrastructure' : 'non-zero-exit';
}

/** Returns a warning if no exit code shows that the job itself failed. */
function levelOf(kind: EcsDiagnosisKind, { containers }: EcsTask): 'WARNING' | 'ERROR' {
  if (kind === 'image-pull' || kind === 'failed-to-start' || kind === 'non-zero-exit') return 'ERROR';
  const bad = (containers ?? []).filter(({ exitCode }) => exitCode !== 0);
  return bad.length > 0 && bad.every(hasNoExitCode) ? 'WARNING' : 'ERROR';
}

function detailOf(kind: EcsDiagnosisKind, task: EcsTask): string {
  const reason = task.stoppedReason ?? '';
  if (kind === 'image-pull' || kind === 'failed-to-start') return reason || 'ECS gives no reason.';
  const parts = [
    ...failedContainers(task).map(
      (container) => `Container ${nameOf(container)} exited with code ${container.exitCode}.`,
    ),
    ...(task.containers ?? [])
      .filter(hasNoExitCode)
      .map((container) => `Container ${nameOf(container)} has no exit code.`),
    ...(task.containers ?? []).flatMap(({ reason: why }) => (why ? [why] : [])),
    ...(reason ? [reason] : []),
  ];
  return parts.join(' ') || 'ECS gives no reason.';
}

function failedContainers({ containers }: EcsTask): readonly EcsContainer[] {
  return (containers ?? []).filter((container) => container.exitCode !== 0 && !hasNoExitCode(container));
}

function hasNoExitCode({ exitCode }: EcsContainer): boolean {
  return exitCode === undefined || exitCode === null;
}

function nameOf({ name, containerArn }: EcsContainer): string {
  return name ?? containerArn ?? 'without a name';
}
