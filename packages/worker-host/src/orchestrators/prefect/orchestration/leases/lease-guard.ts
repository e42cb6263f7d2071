import {
  type Attempt,
  type Clock,
  isFinalStateType,
  type JsonObject,
  LeaseLostError,
  type StateType,
} from '@worker-host/core';
import type { ApiState } from '../../api/api-types.js';
import type { PrefectApi } from '../../api/prefect-api.js';
import type { RunReads, RunSight } from '../run-reads.js';
import { attemptOfStates } from './attempt-of-states.js';
import { compareHistory, compareRun } from './lease-check.js';

/** Input of a new lease. */
export interface LeaseGrant {
  readonly attempt: Attempt;
  readonly fencingToken: string;
  /** Monotonic milliseconds. */
  readonly expiresAtMs: number;
  /** When the run was last known to be in this attempt and ours (monotonic milliseconds). */
  readonly seenAtMs: number;
}

export interface LeaseGuardDependencies {
  readonly api: PrefectApi;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly reads: RunReads;
  readonly leaseMs: number;
  /** `mayBeFree`: the run is active, and no other owner is known. */
  readonly onEnd: (mayBeFree: boolean) => void;
}

/**
 * Determines whether a lease is still valid. The server accepts stale writes, so each write is preceded by a read of the run,
 * unless the run was read so recently that no other worker can have taken it over since.
 */
export class LeaseGuard {
  readonly attempt: Attempt;
  readonly fencingToken: string;
  #expiresAtMs: number;
  #seenAtMs: number;
  #endReason: string | null = null;
  /** Transition ids of proposals without a response. */
  readonly #unanswered = new Set<unknown>();

  constructor(
    private readonly parts: LeaseGuardDependencies,
    grant: LeaseGrant,
  ) {
    this.attempt = grant.attempt;
    this.fencingToken = grant.fencingToken;
    this.#expiresAtMs = grant.expiresAtMs;
    this.#seenAtMs = grant.seenAtMs;
  }

  get isHeld(): boolean {
    return this.#endReason === null;
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  get hasExpired(): boolean {
    return this.parts.clock.monotonicMs() >= this.#expiresAtMs;
  }

  get hasUnanswered(): boolean {
    return this.#unanswered.size > 0;
  }

  /**
   * Applies a heartbeat that the server accepted at these times. A late one extends nothing: another worker may have the run.
   */
  extend(beganAtMs: number, endedAtMs: number): void {
    if (endedAtMs <= this.#expiresAtMs) this.renewUntil(beganAtMs + this.parts.leaseMs);
  }

  renewUntil(expiresAtMs: number): void {
    this.#expiresAtMs = Math.max(this.#expiresAtMs, expiresAtMs);
  }

  noteSeen(atMs: number): void {
    this.#seenAtMs = Math.max(this.#seenAtMs, atMs);
  }

  /** The run may have changed: it is read before the next write. */
  doubt(): void {
    this.#seenAtMs = Number.NEGATIVE_INFINITY;
  }

  noteProposed(transitionId: unknown): void {
    this.#unanswered.add(transitionId);
  }

  noteAnswered(transitionId: unknown): void {
    this.#unanswered.delete(transitionId);
  }

  /** Returns whether a state was proposed under this lease and may have been accepted without a response. */
  isProposedHere(stateDetails: JsonObject | undefined): boolean {
    return this.#unanswered.has(stateDetails?.transition_id);
  }

  /** Ends the lease if the run, as read, is no longer its own. */
  note({ run, atMs }: RunSight): void {
    const finding = compareRun(run, this);
    if (finding.kind === 'held') this.noteSeen(atMs);
    else this.doubt();
    if (finding.kind === 'lost' && !this.isProposedHere(run?.state?.state_details)) this.end(finding.reason);
  }

  /**
   * Compares the run with the lease, unless it was confirmed less than `ageMs` ago.
   *
   * @param mayBeStopped true: the write is valid for a run that is Cancelled or Crashed, and whose job may still run
   * @throws LeaseLostError
   */
  async verify(ageMs = 0, mayBeStopped = false): Promise<void> {
    const { clock, reads } = this.parts;
    if (clock.monotonicMs() - this.#seenAtMs < ageMs) return;
    await this.#settle(await reads.read(this.attempt.flowRunId), mayBeStopped);
  }

  /** Like {@link verify}, with a time margin before and after. @throws LeaseLostError */
  async verifyUnexpired(ageMs: number, mayBeStopped = false): Promise<void> {
    this.assertUnexpired();
    await this.verify(ageMs, mayBeStopped);
    this.assertUnexpired();
  }

  /**
   * Searches for a state of the type that was proposed under this lease, accepted, and not answered. Null: there is none, and
   * the run is ours.
   *
   * @param mayBeStopped see {@link verify}
   * @throws LeaseLostError
   */
  async findAccepted(type: StateType, mayBeStopped = false): Promise<ApiState | null> {
    const sight = await this.parts.reads.read(this.attempt.flowRunId);
    const state = sight.run?.state ?? null;
    const isAccepted = state !== null && state.type === type && this.isProposedHere(state.state_details);
    if (!isAccepted || !isFinalStateType(type)) await this.#settle(sight, mayBeStopped);
    return isAccepted ? state : null;
  }

  /** @throws LeaseLostError */
  assertHeld(): void {
    if (!this.isHeld) throw this.lostError();
  }

  /** @throws LeaseLostError */
  assertUnexpired(): void {
    if (this.hasExpired) this.end('its lease has expired', true);
    this.assertHeld();
  }

  lostError(): LeaseLostError {
    return new LeaseLostError(this.attempt.flowRunId, this.#endReason ?? 'its lease has ended');
  }

  /** @param mayBeFree true: the run is active, and no other owner is known */
  end(reason: string, mayBeFree = false): void {
    if (!this.isHeld) return;
    this.#endReason = reason;
    this.parts.onEnd(mayBeFree);
  }

  async #settle({ run, atMs }: RunSight, mayBeStopped: boolean): Promise<void> {
    const { flowRunId } = this.attempt;
    let finding = compareRun(run, this);
    if (finding.kind === 'unclear' && run !== null) {
      const history = attemptOfStates(flowRunId, await this.parts.api.readFlowRunStates(flowRunId));
      finding = compareHistory(run, history, this);
    }
    if (finding.kind === 'lost' || (finding.kind === 'stopped' && !mayBeStopped)) this.end(finding.reason);
    else if (finding.kind === 'held') this.noteSeen(atMs);
    this.assertHeld();
  }
}
