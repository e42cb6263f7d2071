import type { JsonObject } from '../json/json.js';
import type { State, StateProposal } from './state.js';

/**
 * One attempt at a run. The orchestrator assigns its id. The name of a launch contains run and attempt, so the same attempt never
 * launches twice, whichever worker owns it.
 */
export interface Attempt {
  readonly flowRunId: string;
  /** A Prefect server: the id of the accepted Pending state. The embedded pool: a number. */
  readonly id: string;
  /** Milliseconds since the epoch at which the attempt was granted. */
  readonly startedAtMs: number;
}

/**
 * Where a launch is sent, as defined by the plugin: account, region, cluster, number of the idempotency token. Plain JSON of at most
 * a few hundred bytes, without secrets. Only the plugin that wrote it reads it.
 */
export type LaunchPlace = JsonObject;

/** A launch, stored before it is sent. */
export interface StoredLaunch {
  /** Which launch of the attempt: 0 the first. */
  readonly relaunch: number;
  readonly place: LaunchPlace;
}

/** A launch about to be sent. */
export interface LaunchToStore extends StoredLaunch {
  /** Where `listInfrastructure` finds the infrastructure: see `Orchestrator.launchPlaces`. Default: the place. */
  readonly searchPlace?: LaunchPlace;
}

/** Why a worker releases a run without a final state. */
export type ReleaseReason =
  /** The host stops; the infrastructure keeps running. */
  | 'worker-stopping'
  /** The worker cannot reach its infrastructure at all (credentials, region). */
  | 'worker-not-ready'
  /** The control plane cannot read a record that the launch needs; nothing was launched. */
  | 'unreadable'
  /** The job has ended, but has not reported its own final state yet. Offered again only after a grace period. */
  | 'unreported'
  /** A step failed, and may succeed later, in this worker or another. */
  | 'failed';

/** Response to a proposed state. `state` is the state of the run afterwards. */
export type StateAnswer =
  | { readonly status: 'ACCEPT'; readonly state: State }
  | { readonly status: 'REJECT'; readonly state: State | null; readonly reason: string }
  | { readonly status: 'ABORT'; readonly state: State | null; readonly reason: string }
  | { readonly status: 'WAIT'; readonly state: State | null; readonly reason: string; readonly delaySeconds: number };

/**
 * Ownership of one attempt at one run by one worker. `claim` and `takeOverInterruptedRuns` grant it. Every write about the run is a
 * method of the lease, and carries the attempt and the fencing token.
 *
 * A lease ends with an accepted final state, {@link release}, its loss to another owner, or its expiry. Every write of a lease that
 * has ended rejects with `LeaseLostError` and changes nothing. A control plane that cannot reject a stale write in the same
 * transaction compares owner and attempt immediately before the write, and documents it.
 *
 * A job that reports its own states reports CRASHED when it is stopped, also after the run was made CANCELLED. Neither
 * ends the lease of such a control plane: the owner still watches the job, and may propose CANCELLED with force. A launch,
 * and any other state, end the lease.
 *
 * @throws LeaseLostError from every write; OrchestratorUnavailableError if the control plane is unavailable (the write may have
 * happened, and can be repeated).
 */
export interface RunLease {
  readonly attempt: Attempt;
  /** Identifies this ownership; unique for each lease of an attempt, even within one worker. */
  readonly fencingToken: string;
  /** False after a write was rejected, or after the run was released, became final, or was found with another owner. */
  readonly isHeld: boolean;
  /**
   * Time until which no other worker can take the run over, in monotonic milliseconds of the orchestrator's clock. `heartbeat`
   * extends it. After it, the owner must neither write nor launch until {@link renew} has succeeded.
   */
  readonly expiresAtMs: number;

  /** Confirms the ownership with the control plane, and extends the lease. @throws LeaseLostError */
  renew(signal?: AbortSignal): Promise<void>;
  proposeState(proposal: StateProposal): Promise<StateAnswer>;
  /**
   * Stores the launch place with the run, and the search place with the pool, where it outlives run and worker. Await it before the
   * launch is sent.
   *
   * @param request returns the launch request without secrets, which a control plane may store for people; null: it cannot be shown.
   * Default: there is none.
   */
  storeLaunch(launch: LaunchToStore, request?: () => JsonObject | null): Promise<void>;
  /** Stores the identifier of the infrastructure, so that a later owner finds it. */
  storeInfrastructurePid(infrastructurePid: string): Promise<void>;
  /** Stores facts about the end of the run (phases, exit code, diagnosis), if the control plane supports it. */
  storeResult(result: JsonObject): Promise<void>;
  /** Merges labels into the run's. */
  label(labels: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Adds lines of the job's output to the log of the run. Buffered, bounded, never throws; lines of a lease that has ended are dropped.
   *
   * @param cursor position after these lines, stored atomically with them for the next owner.
   */
  output(lines: readonly { readonly message: string; readonly timestampMs: number }[], cursor?: string): void;
  /**
   * Releases the run. `takeOverInterruptedRuns` offers it again to any worker, including this one: immediately, or after
   * {@link REPORT_GRACE_MS} if the reason is `unreported`. Never throws; safe to call twice, and after the lease has ended.
   */
  release(reason: ReleaseReason): Promise<void>;
}

/** Milliseconds that a job's own engine has to report the end of a run after its infrastructure has ended. */
export const REPORT_GRACE_MS = 120_000;
