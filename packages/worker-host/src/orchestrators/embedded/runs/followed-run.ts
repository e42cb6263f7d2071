import { type Clock, isFinalStateType, type State } from '@worker-host/core';
import type { RunView, StoredLog } from '../administration-types.js';
import type { LogQuery } from './stored-logs.js';

const LOOK_EVERY_MS = 50;
/** After so many the run is read anyway: the version does not tell what this process itself has written. */
const MOST_LOOKS = 20;
const PAGE_LINES = 1000;

/** What has become known of a run: a state that it entered, or a line of its log. */
export type RunNews =
  | { readonly kind: 'state'; readonly state: State }
  | { readonly kind: 'log'; readonly line: StoredLog };

/** What following a run reads. */
export interface FollowedPool {
  dataVersion(): Promise<number>;
  readRun(id: string): Promise<RunView>;
  readLogs(flowRunId: string, query: LogQuery): Promise<readonly StoredLog[]>;
}

/**
 * Yields what is known of a run and what becomes known, until it has ended. The run is read again after another process
 * has written to the file, at most 20 times a second, and once a second.
 *
 * @throws NotFoundError; the reason of the signal when it is aborted.
 */
export async function* followRun(
  pool: FollowedPool,
  flowRunId: string,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<RunNews, RunView> {
  let statesSeen = 0;
  let afterSequence = 0;
  for (;;) {
    signal?.throwIfAborted();
    const version = await pool.dataVersion();
    const view = await pool.readRun(flowRunId);
    const last = view.states.at(-1);
    const isOver = last !== undefined && isFinalStateType(last.type);
    const before = isOver ? view.states.slice(0, -1) : view.states;
    for (const state of before.slice(statesSeen)) yield { kind: 'state', state };
    statesSeen = before.length;
    for (;;) {
      const lines = await pool.readLogs(flowRunId, { afterSequence, limit: PAGE_LINES });
      for (const line of lines) yield { kind: 'log', line };
      afterSequence = lines.at(-1)?.sequence ?? afterSequence;
      if (lines.length < PAGE_LINES) break;
    }
    if (isOver) {
      yield { kind: 'state', state: last };
      return view;
    }
    for (let looks = 0; looks < MOST_LOOKS && (await pool.dataVersion()) === version; looks += 1)
      await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
