import type { ApiWorker } from '../api/api-types.js';
import type { RunHolder } from './run-holder.js';
import type { WorkerProcess } from './worker-process.js';

/** Whether a run may be taken over. */
export type OwnerVerdict =
  | { readonly isFree: true; readonly reason: string }
  | {
      readonly isFree: false;
      /** Server's milliseconds before which nothing about it changes. Null: not known. */
      readonly untilMs: number | null;
    };

/** What the verdict depends on beside the run. */
export interface OwnerCircumstances {
  /** The pool's workers that the server lists as online, by name. */
  readonly workers: ReadonlyMap<string, ApiWorker>;
  readonly ourName: string;
  readonly process: Pick<WorkerProcess, 'hasIssued' | 'hasIssuerEnded'>;
  /** The server's time. */
  readonly serverNowMs: number;
  /** True where no other live process can have this worker's name and hold a run that was claimed at the given time. */
  readonly isNameOurs: (claimedAtMs: number | null) => boolean;
}

/** Between a worker's own reckoning of its lease and another's: the server's clock is known to about a second. */
export const SILENCE_MARGIN_MS = 3000;
/** A run that a worker of another kind has claimed and not labelled may be in its hands for this long. */
const UNLABELLED_GRACE_MS = 120_000;

const free = (reason: string): OwnerVerdict => ({ isFree: true, reason });
const held = (untilMs: number | null): OwnerVerdict => ({ isFree: false, untilMs });

/**
 * Whether a run without a lease in this process is free: released, or held by a process that is dead or by none. A run
 * whose holder is unclear counts as free here; its history is read before it is taken over.
 */
export function ownerVerdict(holder: RunHolder, circumstances: OwnerCircumstances): OwnerVerdict {
  const { workers, ourName, serverNowMs } = circumstances;
  if (holder.kind === 'released') return free('released');
  if (holder.kind === 'unclear') return free('its owner is not known');
  if (holder.kind === 'unknown') {
    const hasOthers = [...workers.keys()].some((name) => name !== ourName);
    const untilMs = holder.sinceMs + UNLABELLED_GRACE_MS;
    return !hasOthers || serverNowMs > untilMs ? free('no worker has put its name to it') : held(untilMs);
  }
  return verdictOnWorker(holder, circumstances);
}

function verdictOnWorker(
  { name, lease, silenceMs, seenAtMs }: Extract<RunHolder, { kind: 'worker' }>,
  { workers, ourName, process, serverNowMs, isNameOurs }: OwnerCircumstances,
): OwnerVerdict {
  if (lease !== null && process.hasIssued(lease)) return free('left by this process');
  if (lease !== null && process.hasIssuerEnded(lease)) return free('its process has ended');
  if (name === ourName) {
    return lease === null || isNameOurs(seenAtMs) ? free('left by an earlier process of this worker') : held(null);
  }
  const worker = workers.get(name);
  const isOnline = worker?.status === 'ONLINE';
  if (silenceMs === null) return isOnline ? held(null) : free('its worker is offline');
  const heartbeat = worker?.last_heartbeat_time ?? null;
  const heartbeatMs = heartbeat === null ? Number.NEGATIVE_INFINITY : Date.parse(heartbeat);
  const untilMs = Math.max(heartbeatMs, seenAtMs ?? Number.NEGATIVE_INFINITY) + silenceMs + SILENCE_MARGIN_MS;
  return serverNowMs > untilMs ? free('its worker sends no heartbeats') : held(untilMs);
}
