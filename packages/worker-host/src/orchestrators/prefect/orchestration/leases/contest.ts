import type { Clock, Logger } from '@worker-host/core';
import type { ApiFlowRun } from '../../api/api-types.js';
import type { PrefectApi } from '../../api/prefect-api.js';
import type { RunReads } from '../run-reads.js';
import { isLive } from '../succession/live-runs.js';
import { withDeadline } from '../with-deadline.js';
import type { AttemptOfStates } from './attempt-of-states.js';
import { type Ownership, ownershipLabels, parseRunLabels } from './run-labels.js';

/** A run that can be taken over, with its attempt. */
export interface FreeRun {
  readonly run: ApiFlowRun;
  readonly history: AttemptOfStates;
}

/** A run that this process has taken over. */
export interface WonRun {
  readonly run: ApiFlowRun;
  /** The run before. */
  readonly free: FreeRun;
  readonly fencingToken: string;
  /** When the read started that showed it as ours (monotonic milliseconds). */
  readonly seenAtMs: number;
  /** Number of owners that died with its attempt before they launched it, including the previous one. */
  readonly deaths: number;
}

interface Written {
  readonly free: FreeRun;
  readonly fencingToken: string;
  readonly deaths: number;
  /** False: unknown whether, or when, the labels are stored. */
  readonly isInTime: boolean;
}

export interface ContestDependencies {
  readonly api: PrefectApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reads: RunReads;
  readonly issueToken: () => string;
  readonly ownership: Omit<Ownership, 'token' | 'attemptId' | 'deaths'>;
  readonly deathsOf: (free: FreeRun) => number;
  /** Reads which workers are alive; returns whether a run, read at the same time, is still free. */
  readonly readJudgement: (signal?: AbortSignal) => Promise<(free: FreeRun) => boolean>;
  /** The labels of a run were stored too late to be sure: it is not touched until every other worker has seen them. */
  readonly onLate: (flowRunId: string) => void;
}

const READ_TOGETHER = 8;
/** Concurrency limit: a server on SQLite responds with 503 to more requests. */
const WRITTEN_AT_ONCE = 2;
/** Time limit for writing the labels after the run was read... */
const WRITE_WITHIN_MS = 1500;
/** ...and time after which unchanged labels count: any worker that read the run before has written by then. */
const CONTEST_MS = 2000;

/**
 * Labels runs without an owner with this worker's name and a new fencing token, and reads them again to see which
 * labels were kept: of two concurrent workers, the later one gets the run. The server has no compare-and-swap; time
 * limits replace it.
 */
export async function contest(
  free: readonly FreeRun[],
  parts: ContestDependencies,
  signal?: AbortSignal,
): Promise<readonly WonRun[]> {
  const { clock, reads, logger } = parts;
  const written: Written[] = [];
  for (let from = 0; from < free.length; from += READ_TOGETHER) {
    written.push(...(await labelSome(free.slice(from, from + READ_TOGETHER), parts, signal)));
  }
  if (written.length === 0) return [];
  await clock.sleep(CONTEST_MS, signal);
  const seenAtMs = clock.monotonicMs();
  const { runs } = await reads.readAll(
    written.map(({ free: { run } }) => run.id),
    signal,
  );
  const won: WonRun[] = [];
  for (const { free: before, fencingToken, deaths, isInTime } of written) {
    const { id } = before.run;
    const run = runs.get(id);
    if (run === undefined || !isLive(run)) continue;
    if (parseRunLabels(run.labels).lease?.token !== fencingToken) {
      logger.debug('The run was not taken over', { flowRunId: id, wasWritten: isInTime });
    } else if (isInTime) won.push({ run, free: before, fencingToken, seenAtMs, deaths });
    else parts.onLate(id);
  }
  return won;
}

async function labelSome(
  free: readonly FreeRun[],
  parts: ContestDependencies,
  signal?: AbortSignal,
): Promise<readonly Written[]> {
  const { api, clock, reads, logger } = parts;
  const endsAtMs = clock.monotonicMs() + WRITE_WITHIN_MS;
  const [isStillFree, { runs }] = await Promise.all([
    parts.readJudgement(signal),
    reads.readAll(
      free.map(({ run }) => run.id),
      signal,
    ),
  ]);
  const waiting = [...free];
  const written: Written[] = [];
  const writeNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { id } = next.run;
      const run = runs.get(id);
      const leftMs = endsAtMs - clock.monotonicMs();
      if (run === undefined || !isLive(run) || leftMs <= 0 || !isStillFree({ run, history: next.history })) continue;
      const fencingToken = parts.issueToken();
      const deaths = parts.deathsOf({ run, history: next.history });
      const attemptId = next.history.attempt.id;
      const labels = ownershipLabels({ ...parts.ownership, token: fencingToken, attemptId, deaths });
      try {
        await withDeadline(clock, leftMs, signal, (inner) => api.updateFlowRunLabels(id, labels, true, inner));
        written.push({ free: next, fencingToken, deaths, isInTime: true });
      } catch (error) {
        signal?.throwIfAborted();
        written.push({ free: next, fencingToken, deaths, isInTime: false });
        logger.debug('Labelling a run to take it over failed', { flowRunId: id, error });
      }
    }
  };
  await Promise.all(Array.from({ length: WRITTEN_AT_ONCE }, writeNext));
  return written;
}
