import type { JsonObject } from '../json/json.js';
import type { State, StateProposal } from './state.js';

/**
 * One try at a run. The orchestrator numbers or names it; whatever is launched for a run is named after run and attempt,
 * so the same attempt never launches twice, whichever worker owns it.
 */
export interface Attempt {
  readonly flowRunId: string;
  /** A Prefect server: the id of the accepted Pending state. The embedded pool: a number. */
  readonly id: string;
  /** Milliseconds since the epoch at which the attempt was granted. */
  readonly startedAtMs: number;
}

/**
 * Where a launch is sent, as the plugin names it: account, region, cluster, the row of its idempotency tokens. Plain
 * JSON, a few hundred bytes at most, no secrets. Only the plugin that wrote it reads it.
 */
export type LaunchPlace = JsonObject;

/** A launch that was about to be sent, stored before it was. */
export interface StoredLaunch {
  /** Which launch of the attempt: 0 the first. */
  readonly relaunch: number;
  readonly place: LaunchPlace;
}

/** Why a worker gives up the ownership of a run whose end is not reported. */
export type ReleaseReason =
  /** The host stops; the infrastructure goes on. */
  | 'worker-stopping'
  /** The worker cannot reach its infrastructure at all (credentials, region). */
  | 'worker-not-ready'
  /** The control plane cannot read what the run is launched from; nothing was launched. */
  | 'unreadable'
  /** The job has ended and reports its own end, but has not yet. Offered again only after a grace period. */
  | 'unreported'
  /** A step failed in a way that a later try, by this worker or another, may overcome. */
  | 'failed';

/** What became of a proposal. `state` is the run's state afterwards. */
export type StateAnswer =
  | { readonly status: 'ACCEPT'; readonly state: State }
  | { readonly status: 'REJECT'; readonly state: State | null; readonly reason: string }
  | { readonly status: 'ABORT'; readonly state: State | null; readonly reason: string }
  | { readonly status: 'WAIT'; readonly state: State | null; readonly reason: string; readonly delaySeconds: number };

/**
 * The ownership of one attempt at one run by one worker. `claim` and `takeOverInterruptedRuns` grant it; everything
 * that is written about the run goes through it and carries the attempt and the fencing token.
 *
 * A lease ends in one of four ways: an accepted final state, {@link release}, its loss to another owner, or its expiry.
 * Every write of a lease that has ended rejects with `LeaseLostError` and changes nothing. Where a control plane cannot
 * refuse a stale write in the same transaction, it compares owner and attempt just before, and says so in its
 * documentation.
 *
 * A job that reports its own states reports CRASHED when it is stopped, also after the run was made CANCELLED. Neither
 * ends the lease of such a control plane: the owner still watches the job, and may propose CANCELLED with force. A launch,
 * and any other state, end the lease.
 *
 * @throws LeaseLostError from every write; OrchestratorUnavailableError where the control plane is away (the write may
 * have happened, and may be repeated).
 */
export interface RunLease {
  readonly attempt: Attempt;
  /** Names this ownership: no two owners of an attempt have the same one, not even two leases of one worker. */
  readonly fencingToken: string;
  /** False once a write was refused, the run was released, final, or seen with another owner. */
  readonly isHeld: boolean;
  /**
   * Monotonic milliseconds of the orchestrator's clock until which no other worker may take the run over. `heartbeat`
   * moves it. After it the owner must neither write nor launch until {@link renew} has succeeded.
   */
  readonly expiresAtMs: number;

  /** Confirms the ownership with the control plane and moves the expiry. @throws LeaseLostError */
  renew(signal?: AbortSignal): Promise<void>;
  proposeState(proposal: StateProposal): Promise<StateAnswer>;
  /** Stores where the attempt is about to be launched. To be awaited before the launch is sent. */
  storeLaunch(launch: StoredLaunch): Promise<void>;
  /** Stores what names the run's infrastructure, so that any later owner finds it. */
  storeInfrastructurePid(infrastructurePid: string): Promise<void>;
  /** Stores facts about the run's end (phases, exit code, diagnosis) where the control plane has a place for them. */
  storeResult(result: JsonObject): Promise<void>;
  /** Merges labels into the run's. */
  label(labels: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Lines of the job's own output. Buffered, bounded, never throws; lines of a lease that has ended are dropped.
   *
   * @param cursor where the copying goes on after these lines; stored in one step with them and handed to the next owner.
   */
  output(lines: readonly { readonly message: string; readonly timestampMs: number }[], cursor?: string): void;
  /**
   * Gives the ownership up. The run is offered again by `takeOverInterruptedRuns`, to any worker, this one included:
   * at once, or after {@link REPORT_GRACE_MS} where the reason is `unreported`. Never throws; safe to call twice, and
   * after the lease has ended in another way.
   */
  release(reason: ReleaseReason): Promise<void>;
}

/** Milliseconds that a job's own engine has to report the end of a run after its infrastructure has ended. */
export const REPORT_GRACE_MS = 120_000;
