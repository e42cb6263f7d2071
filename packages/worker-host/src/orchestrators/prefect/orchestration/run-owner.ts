import type { ApiFlowRun, ApiWorker } from '../api/api-types.js';

/** Label that says which worker has a run. */
export const WORKER_NAME_LABEL = 'prefect.worker.name';

/** Who has a run, seen from a worker that looks for runs left behind. */
export type RunOwner = 'us' | 'nobody-alive' | 'another' | 'unknown';

/** A run claimed but not yet labelled may be in the hands of a live worker for this long. */
const UNLABELLED_GRACE_MS = 120_000;

/**
 * Whose run it is, by its label and the pool's workers. A run without a label is nobody's when no other worker lives,
 * or when it has been without one for long.
 *
 * @param serverNowMs the server's time, as the run's times are
 */
export function ownerOf(
  run: ApiFlowRun,
  workers: readonly ApiWorker[],
  ourName: string,
  serverNowMs: number,
): RunOwner {
  const label = run.labels?.[WORKER_NAME_LABEL];
  const others = workers.filter((worker) => worker.name !== ourName && worker.status === 'ONLINE');
  if (typeof label === 'string' && label !== '') {
    if (label === ourName) return 'us';
    return others.some((worker) => worker.name === label) ? 'another' : 'nobody-alive';
  }
  if (others.length === 0) return 'nobody-alive';
  const sinceMs = Date.parse(run.state?.timestamp ?? '');
  if (Number.isNaN(sinceMs)) return 'unknown';
  return serverNowMs - sinceMs > UNLABELLED_GRACE_MS ? 'nobody-alive' : 'unknown';
}
