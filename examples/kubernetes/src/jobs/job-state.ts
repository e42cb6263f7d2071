import { type Diagnosis, type RunProgress, type WorkerEnd, WorkerResult } from '@worker-host/core';
import type { Condition, Job, Pod, Terminated } from '../api/kubernetes-objects.js';
import { ANNOTATIONS } from './job-identity.js';
import { CONTAINER } from './job-manifest.js';

/** Reasons for which Kubernetes, not the job, ended a pod. */
const TAKEN_AWAY = ['Evicted', 'Preempting', 'NodeLost', 'NodeShutdown', 'Terminated', 'Shutdown'];

/** A job and its pods, as read. */
export interface JobView {
  readonly job: Job;
  readonly pods: readonly Pod[];
}

/** Returns whether nothing of the job runs, and nothing will. */
export function hasEnded({ job, pods }: JobView): boolean {
  const isFinished = ['Complete', 'Failed'].some((type) => isTrue(job.status?.conditions, type));
  const isSuspendedByUs = isStopRequested(job) && job.spec.suspend === true;
  return (isFinished || isSuspendedByUs) && !pods.some(isLive);
}

function isStopRequested({ metadata }: Job): boolean {
  return metadata.annotations?.[ANNOTATIONS.stopRequested] !== undefined;
}

/** Returns the progress of the launch. Null: nothing is known yet. */
export function progressOf({ job, pods }: JobView): RunProgress | null {
  const phases = pods.map((pod) => pod.status?.phase);
  if (phases.some((phase) => phase === 'Running' || phase === 'Succeeded' || phase === 'Failed'))
    return { phase: 'running' };
  const scheduling = pods.map((pod) => pod.status?.conditions?.find(({ type }) => type === 'PodScheduled'));
  if (scheduling.some((condition) => condition?.status === 'True')) return { phase: 'provisioning' };
  const waiting = scheduling.find((condition) => condition?.reason === 'Unschedulable');
  if (waiting === undefined || isStopRequested(job)) return null;
  const { lastTransitionTime = '', message = 'no node has room' } = waiting;
  return { phase: 'waiting-for-capacity', sinceMs: Date.parse(lastTransitionTime) || 0, reason: message };
}

/** Returns how the container ended. Null: it has not ended, or its end is unknown. */
export function terminatedOf(pods: readonly Pod[]): Terminated | null {
  const statuses = pods.flatMap((pod) => pod.status?.containerStatuses ?? []);
  return statuses.find(({ name, state }) => name === CONTAINER && state?.terminated)?.state?.terminated ?? null;
}

/** @param seen end of the container, as read while its pod existed. */
export function resultOf(pid: string, view: JobView, seen: Terminated | null, relaunch: number): WorkerResult {
  const { job, pods } = view;
  const terminated = terminatedOf(pods) ?? seen;
  const stopRequested = isStopRequested(job);
  const isComplete = isTrue(job.status?.conditions, 'Complete');
  const exitCode = terminated?.exitCode ?? (isComplete ? 0 : null);
  const takenAway = pods.find(
    ({ status }) => TAKEN_AWAY.includes(status?.reason ?? '') || isTrue(status?.conditions, 'DisruptionTarget'),
  );
  const isTaken = takenAway !== undefined && !stopRequested;
  // A job whose stop was requested counts as stopped, even if it exits with 0.
  const statusCode = stopRequested && (exitCode ?? 0) === 0 ? 143 : (exitCode ?? -1);
  const end: WorkerEnd = {
    exitCode,
    stopRequested,
    userCodeRan: terminated === null ? 'unknown' : 'yes',
    relaunchable: isTaken,
    diagnosis: statusCode === 0 ? null : diagnosisOf(terminated, isTaken ? takenAway : null, job),
    phasesSeconds: {},
    logTail: [],
    relaunch,
    endedAtMs: Date.parse(terminated?.finishedAt ?? '') || null,
    facts: {},
  };
  return new WorkerResult(pid, isTaken && statusCode === 0 ? -1 : statusCode, end);
}

function diagnosisOf(terminated: Terminated | null, takenAway: Pod | null, job: Job): Diagnosis | null {
  if (terminated?.reason === 'OOMKilled')
    return {
      kind: 'out-of-memory',
      level: 'error',
      summary: 'The container used more memory than its limit',
      detail: 'Kubernetes ended the container with reason OOMKilled.',
      resolution: 'Raise the job variable "memory", or use less.',
    };
  if (takenAway !== null)
    return {
      kind: 'pod-taken-away',
      level: 'warning',
      summary: `Kubernetes took the pod away (${takenAway.status?.reason ?? 'DisruptionTarget'})`,
      detail: takenAway.status?.message ?? 'The node was drained, shut down, or needed for another pod.',
      resolution: null,
    };
  const failed = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (terminated !== null || failed === undefined) return null;
  return {
    kind: 'job-failed',
    level: 'error',
    summary: `Kubernetes reports the job failed (${failed.reason ?? 'no reason'})`,
    detail: failed.message ?? '',
    resolution: null,
  };
}

function isLive({ status }: Pod): boolean {
  return !['Succeeded', 'Failed'].includes(status?.phase ?? 'Pending');
}

function isTrue(conditions: readonly Condition[] | undefined, wanted: string): boolean {
  return conditions?.some(({ type, status }) => type === wanted && status === 'True') ?? false;
}
