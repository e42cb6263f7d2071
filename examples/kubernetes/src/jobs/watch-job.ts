import { type Clock, InfrastructureNotFound, type RunContext, type WorkerResult } from '@worker-host/core';
import type { KubernetesApi } from '../api/kubernetes-api.js';
import type { Terminated } from '../api/kubernetes-objects.js';
import { KubernetesUnavailableError } from '../kubernetes-errors.js';
import { infrastructurePidOf, type JobIdentity, LABELS } from './job-identity.js';
import { hasEnded, type JobView, progressOf, resultOf, terminatedOf } from './job-state.js';
import { LogFollower } from './log-follower.js';

const POLL_MS = 2_000;

export interface WatchTools {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly hostCollectsOutput: boolean;
}

/** A job and its pods. Null: the job does not exist. */
export async function describeJob(api: KubernetesApi, { namespace, name }: JobIdentity): Promise<JobView | null> {
  const job = await api.readJob(namespace, name);
  return job && { job, pods: await api.listPods(namespace, `${LABELS.launch}=${name}`) };
}

/**
 * Watches a job until its end, reports its progress and copies its log. Waits while the API is unavailable.
 *
 * @throws InfrastructureNotFound, or the signal's reason.
 */
export async function watchJob(
  identity: JobIdentity,
  context: RunContext,
  signal: AbortSignal,
  { api, clock, hostCollectsOutput }: WatchTools,
): Promise<WorkerResult> {
  const pid = infrastructurePidOf(identity);
  const log = new LogFollower(api, clock, context.outputCursor);
  let seen: Terminated | null = null;
  let phase = '';
  for (;;) {
    signal.throwIfAborted();
    try {
      const view = await describeJob(api, identity);
      signal.throwIfAborted();
      if (view === null) throw new InfrastructureNotFound(pid, 'the job was deleted');
      seen = terminatedOf(view.pods) ?? seen;
      const progress = progressOf(view);
      if (progress !== null && progress.phase !== phase) {
        phase = progress.phase;
        context.progress(progress);
      }
      const isOver = hasEnded(view);
      for (const { metadata } of hostCollectsOutput ? view.pods : []) {
        for (;;) {
          const lines = await log.read(identity.namespace, metadata.name, isOver || seen !== null);
          signal.throwIfAborted();
          if (lines.length === 0) break;
          context.output(lines, log.cursor);
        }
      }
      if (isOver) return resultOf(pid, view, seen, context.relaunch);
    } catch (error) {
      if (!(error instanceof KubernetesUnavailableError)) throw error;
    }
    await clock.sleep(POLL_MS, signal);
  }
}
