import type { Clock, InterruptedRun, Logger, WorkerIdentity } from '@worker-host/core';
import type { ApiFlowRun } from '../api/api-types.js';
import { toFlowRun } from '../api/nouns-from-api.js';
import type { PrefectApi } from '../api/prefect-api.js';
import { attemptOfStates } from './attempt-of-states.js';
import { ownerOf, WORKER_NAME_LABEL } from './run-owner.js';

export interface InterruptedRunsDependencies {
  readonly api: PrefectApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: WorkerIdentity;
  /** The server's time in milliseconds since the epoch. */
  readonly serverNowMs: () => number;
  /** True for a run this process has in hand already. */
  readonly isInHand: (flowRunId: string) => boolean;
}

/** After relabelling, another worker that relabels at the same moment has this long to be seen. */
const CONTEST_MS = 500;
const STATES_LEFT_BEHIND = ['PENDING', 'RUNNING', 'CANCELLING'] as const;

/**
 * Finds the pool's runs that were left behind, and takes each over: those of this worker's name, those of workers
 * that are offline, and those nobody has put a name on. A run of another live worker is left alone.
 */
export async function takeOverRuns(
  parts: InterruptedRunsDependencies,
  signal?: AbortSignal,
): Promise<readonly InterruptedRun[]> {
  const { api, identity } = parts;
  const runs = await api.listFlowRuns(
    {
      flow_runs: { state: { type: { any_: STATES_LEFT_BEHIND } } },
      work_pools: { name: { any_: [identity.workPoolName] } },
    },
    signal,
  );
  const candidates = runs.filter((run) => !parts.isInHand(run.id) && isOfOurQueues(run, identity));
  if (candidates.length === 0) return [];
  const workers = await api.listWorkers(identity.workPoolName, signal);
  const owner = (run: ApiFlowRun): string => ownerOf(run, workers, identity.name, parts.serverNowMs());
  const ours = candidates.filter((run) => owner(run) === 'us');
  const orphans = candidates.filter((run) => owner(run) === 'nobody-alive');
  const won = orphans.length === 0 ? [] : await contest(orphans, parts, (run) => owner(run) !== 'another', signal);
  const taken: InterruptedRun[] = [];
  for (const run of [...ours, ...won]) {
    const attempt = attemptOfStates(run.id, await api.readFlowRunStates(run.id, signal));
    if (attempt) taken.push({ flowRun: toFlowRun(run), attempt });
  }
  return taken;
}

/** Relabels runs of nobody, then looks again whose label stayed: of two workers at it, the later one has the run. */
async function contest(
  orphans: readonly ApiFlowRun[],
  parts: InterruptedRunsDependencies,
  isStillFree: (run: ApiFlowRun) => boolean,
  signal?: AbortSignal,
): Promise<readonly ApiFlowRun[]> {
  const { api, clock, identity, logger } = parts;
  const relabelled: ApiFlowRun[] = [];
  for (const orphan of orphans) {
    const fresh = await api.readFlowRun(orphan.id, signal);
    if (!fresh || !isLeftBehind(fresh) || !isStillFree(fresh)) continue;
    await api.updateFlowRunLabels(fresh.id, { [WORKER_NAME_LABEL]: identity.name });
    relabelled.push(fresh);
  }
  if (relabelled.length === 0) return [];
  await clock.sleep(CONTEST_MS, signal);
  const won: ApiFlowRun[] = [];
  for (const { id, labels } of relabelled) {
    const fresh = await api.readFlowRun(id, signal);
    if (!fresh || !isLeftBehind(fresh) || fresh.labels?.[WORKER_NAME_LABEL] !== identity.name) continue;
    logger.info('A run left behind is taken over', {
      flowRunId: id,
      earlierWorker: labels?.[WORKER_NAME_LABEL] ?? null,
    });
    won.push(fresh);
  }
  return won;
}

function isLeftBehind(run: ApiFlowRun): boolean {
  return STATES_LEFT_BEHIND.some((type) => type === run.state_type);
}

function isOfOurQueues(run: ApiFlowRun, identity: WorkerIdentity): boolean {
  const { workQueueNames } = identity;
  if (workQueueNames.length === 0 || run.labels?.[WORKER_NAME_LABEL] === identity.name) return true;
  return run.work_queue_name !== null && workQueueNames.includes(run.work_queue_name);
}
