import type { Clock, LaunchPlace, Logger, LogRecord, ReleaseReason } from '@worker-host/core';
import type { PrefectApi } from '../../api/prefect-api.js';
import type { RunReads } from '../run-reads.js';
import type { LeaseGrant } from './lease-guard.js';
import type { Ownership } from './run-labels.js';
import type { StateBatches } from './state-batches.js';

/** State that the leases of one process share. */
export interface LeaseTools {
  readonly api: PrefectApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reads: RunReads;
  readonly batches: StateBatches;
  readonly identity: Ownership['identity'];
  readonly leaseMs: number;
  /** Null: unknown yet. */
  readonly workPoolId: () => string | null;
  /** Returns whether more runs wait to be claimed than can be claimed concurrently. */
  readonly isBusy: () => boolean;
  /** Sends a heartbeat; resolves with the time until which it proves this worker alive (monotonic milliseconds). */
  readonly heartbeat: () => Promise<number>;
  /** Stores where the launches of the pool are searched. */
  readonly rememberPlace: (searchPlace: LaunchPlace) => Promise<void>;
  readonly log: (record: LogRecord) => void;
  /** The lease has ended. */
  readonly onEnd: (end: LeaseEnd) => void;
}

/** How a lease ended. */
export interface LeaseEnd {
  /** The run is active, and no other owner is known: it must be offered again. */
  readonly mayBeFree: boolean;
  /** Null: it was not released. */
  readonly released: ReleaseReason | null;
}

/** A run for which a lease is granted. */
export interface RunGrant extends LeaseGrant {
  /** True: the labels of the run already name the owner. */
  readonly isLabelled: boolean;
  /** Current infrastructure id of the run. Null: none. */
  readonly knownPid: string | null;
  /** Concurrency lease of the run's deployment, which older servers do not preserve. Null: none. */
  readonly concurrencyLeaseId: string | null;
  readonly deaths: number;
}
