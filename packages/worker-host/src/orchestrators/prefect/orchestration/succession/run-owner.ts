import type { ApiWorker } from '../../api/api-types.js';
import type { RunHolder } from './run-holder.js';
import type { WorkerProcess } from './worker-process.js';

/** Whether a run can be taken over. */
export type OwnerVerdict =
  | { readonly isFree: true; readonly reason: string }
  | {
      readonly isFree: false;
      /** Server's milliseconds before which the verdict does not change. Null: unknown. */
      readonly untilMs: number | null;
    };

/** Input of the verdict in addition to the run. */
export interface OwnerCircumstances {
  /** The pool's workers that may be alive, by name. */
  readonly workers: ReadonlyMap<string, ApiWorker>;
  readonly ourName: string;
  readonly process: Pick<WorkerProcess, 'hasIssued' | 'hasIssuerEnded'>;
  /** The server's time. */
  readonly serverNowMs: number;
  /** Server's milliseconds since which it has stored our heartbeats without a gap. Infinity: it stores none. */
  readonly servedSinceMs: number;
  /** True if no other live process can have this worker's name and hold a run that was claimed at the given time. */
  readonly isNameOurs: (claimedAtMs: number | null) => boolean;
}

/** Difference between a worker's own view of its lease and another's: the server's clock is known to about a second. */
export const SILENCE_MARGIN_MS = 3000;
/** Time within which a live worker of another kind that has claimed a run has labelled it. */
const UNLABELLED_GRACE_MS = 600_000;
/** Default heartbeat interval of Prefect's worker. A busy machine delays shorter intervals this much. */
const FOREIGN_INTERVAL_MS = 30_000;
/** Three lost heartbeats, as the server counts them, and the longest outage that our own heartbeats do not detect. */
const FOREIGN_SILENT_INTERVALS = 4.5;
/** After an outage, Prefect's worker waits up to eight and a third intervals for its next heartbeat. */
const FOREIGN_BACKOFF_INTERVALS = 12;

const free = (reason: string): OwnerVerdict => ({ isFree: true, reason });
const held = (untilMs: number | null): OwnerVerdict => ({ isFree: false, untilMs });

/**
 * Returns whether a run without a lease in this process is free: released, or held by a dead process or none. A run with an
 * unclear holder counts as free here; its history is read before it is taken over.
 */
export function ownerVerdict(holder: RunHolder, circumstances: OwnerCircumstances): OwnerVerdict {
  if (holder.kind === 'released') return free('released');
  if (holder.kind === 'unclear') return free('its owner is unknown');
  if (holder.kind === 'unknown') return verdictOnUnlabelled(holder.sinceMs, circumstances);
  return verdictOnWorker(holder, circumstances);
}

/** The worker of another kind that claimed the run may be one of those that are alive. */
function verdictOnUnlabelled(sinceMs: number, circumstances: OwnerCircumstances): OwnerVerdict {
  const { workers, ourName, serverNowMs, servedSinceMs } = circumstances;
  const others = [...workers.values()].filter(({ name }) => name !== ourName);
  const allDeadMs = Math.max(...[undefined, ...others].map((worker) => foreignDeathMs(worker, circumstances)));
  const labelledByMs = Math.max(sinceMs, servedSinceMs) + UNLABELLED_GRACE_MS;
  const untilMs = Math.min(labelledByMs, Math.max(sinceMs, allDeadMs));
  return serverNowMs > untilMs ? free('no worker has labelled it') : held(untilMs);
}

function verdictOnWorker(
  { name, lease, silenceMs, seenAtMs }: Extract<RunHolder, { kind: 'worker' }>,
  circumstances: OwnerCircumstances,
): OwnerVerdict {
  const { workers, ourName, process, serverNowMs, isNameOurs } = circumstances;
  if (lease !== null && process.hasIssued(lease)) return free('left by this process');
  if (lease !== null && process.hasIssuerEnded(lease)) return free('its process has ended');
  if (name === ourName) {
    return lease === null || isNameOurs(seenAtMs) ? free('left by an earlier process of this worker') : held(null);
  }
  const worker = workers.get(name);
  const untilMs =
    silenceMs === null
      ? foreignDeathMs(worker, circumstances)
      : Math.max(heartbeatMs(worker), seenAtMs ?? Number.NEGATIVE_INFINITY) + silenceMs + SILENCE_MARGIN_MS;
  return serverNowMs > untilMs ? free('its worker sends no heartbeats') : held(untilMs);
}

/**
 * Server's milliseconds after which a worker of another kind counts as dead. It specifies no limit and releases no run, so its
 * silence counts only while our own heartbeats show that the server stores any. Undefined: it is not listed.
 */
function foreignDeathMs(worker: ApiWorker | undefined, { servedSinceMs }: OwnerCircumstances): number {
  const lastMs = heartbeatMs(worker);
  const intervalMs = Math.max(FOREIGN_INTERVAL_MS, (worker?.heartbeat_interval_seconds ?? 0) * 1000);
  const intervals = lastMs >= servedSinceMs - SILENCE_MARGIN_MS ? FOREIGN_SILENT_INTERVALS : FOREIGN_BACKOFF_INTERVALS;
  return Math.max(lastMs, servedSinceMs) + intervals * intervalMs;
}

function heartbeatMs(worker: ApiWorker | undefined): number {
  const heartbeat = worker?.last_heartbeat_time ?? null;
  return heartbeat === null ? Number.NEGATIVE_INFINITY : Date.parse(heartbeat);
}
