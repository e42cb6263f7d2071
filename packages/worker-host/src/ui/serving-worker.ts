import type { HostStatus } from '../host/status.js';
import { safeText } from '../logging/safe-text.js';
import type { Backlog } from '../metrics/status-metrics.js';

/** The worker that serves the page. */
export interface ServingWorker {
  status(): HostStatus;
  /** What waits in its pool. Null: nobody is asked. */
  backlog(): Promise<Backlog | null>;
  /** Address of a run's page in the UI of the control plane. Null: it has none. */
  runPage(flowRunId: string): string | null;
}

/** What the page shows of a worker. `backlog` is null while the control plane does not answer. */
export async function answerOfWorker({ status, backlog, runPage }: ServingWorker) {
  const { runs, ...worker } = status();
  return {
    ...worker,
    backlog: await backlog().catch(() => null),
    runs: runs.map((run) => ({ ...run, name: safeText(run.name), url: runPage(run.flowRunId) })),
  };
}

/** A number that grows whenever the worker has done something since it was asked for the last time. */
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
