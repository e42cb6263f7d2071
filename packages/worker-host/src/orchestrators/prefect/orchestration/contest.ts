import type { Clock, Logger } from '@worker-host/core';
import type { ApiFlowRun } from '../api/api-types.js';
import type { PrefectApi } from '../api/prefect-api.js';
import type { AttemptOfStates } from './attempt-of-states.js';
import { isLive } from './live-runs.js';
import { type Ownership, ownershipLabels, parseRunLabels } from './run-labels.js';
import type { RunReads } from './run-reads.js';
import { withDeadline } from './with-deadline.js';

/** A run that may be taken over, with the attempt it is in. */
export interface FreeRun {
  readonly run: ApiFlowRun;
  readonly history: AttemptOfStates;
}

/** A run that this process has taken over. */
export interface WonRun {
  readonly run: ApiFlowRun;
  readonly fencingToken: string;
  /** When the read began that showed it to be ours (monotonic milliseconds). */
  readonly seenAtMs: number;
}

export interface ContestDependencies {
  readonly api: PrefectApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reads: RunReads;
  readonly issueToken: () => string;
  readonly ownership: Omit<Ownership, 'token' | 'attemptId'>;
  /** Reads who lives; the answer says whether a run, read at the same time, is still free. */
  readonly readJudgement: (signal?: AbortSignal) => Promise<(free: FreeRun) => boolean>;
  /** The labels of a run came too late to be sure: it is left alone until every sibling has seen them. */
  readonly onLate: (flowRunId: string) => void;
}

const AT_ONCE = 8;
/** The labels are to be written within this time after the run was read... */
const WRITE_WITHIN_MS = 1500;
/** ...and count when they still stand after this time: whoever read the run before them has written by then. */
const CONTEST_MS = 2000;

/**
 * Puts this worker's name and a fresh fencing token on runs of nobody, and reads again whose stayed: of two workers at
 * it, the later one has the run. The server cannot compare and swap; times make up for it.
 */
export async function contest(
  free: readonly FreeRun[],
  parts: ContestDependencies,
  signal?: AbortSignal,
): Promise<readonly WonRun[]> {
  const { clock, reads, logger } = parts;
  const tokens = new Map<string, string>();
  for (let from = 0; from < free.length; from += AT_ONCE) {
    await labelSome(free.slice(from, from + AT_ONCE), tokens, parts, signal);
  }
  if (tokens.size === 0) return [];
  await clock.sleep(CONTEST_MS, signal);
  const seenAtMs = clock.monotonicMs();
  const { runs } = await reads.readAll([...tokens.keys()], signal);
  const won: WonRun[] = [];
  for (const [id, fencingToken] of tokens) {
    const run = runs.get(id);
    if (run === undefined || !isLive(run)) continue;
    if (parseRunLabels(run.labels).lease?.token === fencingToken) won.push({ run, fencingToken, seenAtMs });
    else logger.debug('Another worker has taken the run over', { flowRunId: id });
  }
  return won;
}

async function labelSome(
  free: readonly FreeRun[],
  tokens: Map<string, string>,
  parts: ContestDependencies,
  signal?: AbortSignal,
): Promise<void> {
  const { api, clock, reads, logger } = parts;
  const readAtMs = clock.monotonicMs();
  const [isStillFree, { runs }] = await Promise.all([
    parts.readJudgement(signal),
    reads.readAll(
      free.map(({ run }) => run.id),
      signal,
    ),
  ]);
  const label = async ({ run: { id }, history }: FreeRun): Promise<void> => {
    const run = runs.get(id);
    const leftMs = WRITE_WITHIN_MS - (clock.monotonicMs() - readAtMs);
    if (run === undefined || !isLive(run) || leftMs <= 0 || !isStillFree({ run, history })) return;
    const token = parts.issueToken();
    const labels = ownershipLabels({ ...parts.ownership, token, attemptId: history.attempt.id });
    try {
      await withDeadline(clock, leftMs, signal, (inner) => api.updateFlowRunLabels(id, labels, true, inner));
      tokens.set(id, token);
    } catch (error) {
      parts.onLate(id);
      signal?.throwIfAborted();
      logger.debug('Labelling a run to take it over failed', { flowRunId: id, error });
    }
  };
  await Promise.all(free.map(label));
}
