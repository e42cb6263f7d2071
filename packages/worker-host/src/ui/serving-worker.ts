import type { HostStatus } from '../host/status.js';
import { safeText } from '../logging/safe-text.js';
import type { Backlog } from '../metrics/status-metrics.js';

/** The worker that serves the page. */
export interface ServingWorker {
  status(): HostStatus;
  /** Backlog of its pool. Null: not available. */
  backlog(): Promise<Backlog | null>;
  /** Returns the URL of a run in the UI of the control plane. Null: it has none. */
  runPage(flowRunId: string): string | null;
}

/** Data of the page about a worker. `backlog` is null while the control plane does not respond. */
export async function answerOfWorker({ status, backlog, runPage }: ServingWorker) {
  const { runs, ...worker } = status();
  return {
    ...worker,
    backlog: await backlog().catch(() => null),
    runs: runs.map((run) => ({ ...run, name: safeText(run.name), url: runPage(run.flowRunId) })),
  };
}

/** A number that increases whenever the worker has done something since it was last read. */
export function versionOf({ status }: Pick<ServingWorker, 'status'>): () => number {
  let version = 0;
  let last = '';
  return () => {
    const now = JSON.stringify(status());
    if (now !== last) version += 1;
    last = now;
    return version;
  };
}
