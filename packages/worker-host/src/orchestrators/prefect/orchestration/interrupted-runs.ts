import type { Clock, InterruptedRun, Logger, WorkerIdentity } from '@worker-host/core';
import type { ApiFlowRun } from '../api/api-types.js';
import { toFlowRun } from '../api/nouns-from-api.js';
import type { PrefectApi } from '../api/prefect-api.js';
import { attemptOfStates } from './attempt-of-states.js';
import { ownerOf, WORKER_NAME_LABEL } from './run-owner.js';
import type { RunsInHand } from './runs-in-hand.js';

export interface InterruptedRunsDependencies {
  readonly api: PrefectApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: WorkerIdentity;
  /** The server's time in milliseconds since the epoch. */
  readonly serverNowMs: () => number;
  readonly inHand: RunsInHand;
  /** True for a run that is in a state which this process proposed without hearing an answer. */
  readonly isClaimed: (run: ApiFlowRun) => boolean;
}

/** What a look for runs left behind has found. */
export interface TakeOver {
  readonly taken: readonly InterruptedRun[];
  /** No run of the pool is alive but those in hand, so that there is nothing to take over for a while. */
  readonly isQuiet: boolean;
}

/** After relabelling, another worker that relabels at the same moment has this long to be seen. */
const CONTEST_MS = 500;
const STATES_LEFT_BEHIND = ['PENDING', 'RUNNING', 'CANCELLING'] as const;

/**
 * Finds the pool's runs that were left behind, and takes each over: those of this worker's name, those of workers
 * that are offline, and those nobody has put a name on. A run of another live worker is left alone. One whose job ended
 * here without a word of its end is found again after a while. Runs in hand that are over are forgotten by the way.
 */
export async function takeOverRuns(parts: InterruptedRunsDependencies, signal?: AbortSignal): Promise<TakeOver> {
  const { api, identity, inHand } = parts;
  const before = inHand.ids;
  const runs = await api.listFlowRuns(
    {
      flow_runs: { state: { type: { any_: STATES_LEFT_BEHIND } } },
      work_pools: { name: { any_: [identity.workPoolName] } },
    },
    signal,
  );
  inHand.keepOf(before, runs);
  const candidates = runs.filter(
    (run) => (!inHand.has(run.id) || inHand.isLeft(run.id)) && isOfOurQueues(run, identity),
  );
  if (candidates.length === 0) return { taken: [], isQuiet: true };
  const workers = await api.listWorkers(identity.workPoolName, signal);
  const owner = (run: ApiFlowRun): string =>
    parts.isClaimed(run) ? 'us' : ownerOf(run, workers, identity.name, parts.serverNowMs());
  const ours = candidates.filter((run) => owner(run) === 'us');
  const orphans = candidates.filter((run) => owner(run) === 'nobody-alive');
  const won = orphans.length === 0 ? [] : await contest(orphans, parts, (run) => owner(run) !== 'another', signal);
  const taken: InterruptedRun[] = [];
  for (const run of [...ours, ...won]) {
    const found = attemptOfStates(run.id, await api.readFlowRunStates(run.id, signal));
    if (found) taken.push({ flowRun: toFlowRun(run), attempt: found.attempt, isPidDoubtful: found.isRepeated });
  }
  return { taken, isQuiet: false };
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
