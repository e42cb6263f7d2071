import {
  type Attempt,
  type Clock,
  isFinalStateType,
  type JsonObject,
  LeaseLostError,
  type StateType,
} from '@worker-host/core';
import type { ApiState } from '../api/api-types.js';
import type { PrefectApi } from '../api/prefect-api.js';
import { attemptOfStates } from './attempt-of-states.js';
import { compareHistory, compareRun } from './lease-check.js';
import type { RunReads, RunSight } from './run-reads.js';

/** What a lease is granted with. */
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
  /** `mayBeFree`: nobody else is known to own the run, which is alive. */
  readonly onEnd: (mayBeFree: boolean) => void;
}

/**
 * Knows whether a lease is still ours. The server refuses no stale write, so a write is preceded by a read of the run,
 * unless the run was seen to be ours so short a time ago that nobody can have taken it since.
 */
export class LeaseGuard {
  readonly attempt: Attempt;
  readonly fencingToken: string;
  #expiresAtMs: number;
  #seenAtMs: number;
  #endReason: string | null = null;
  /** Transition ids of proposals that were not answered. */
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

  /** A heartbeat that the server took at these times. One that came too late moves nothing: a sibling may have the run. */
  extend(beganAtMs: number, endedAtMs: number): void {
    if (endedAtMs <= this.#expiresAtMs) this.renewUntil(beganAtMs + this.parts.leaseMs);
  }

  renewUntil(expiresAtMs: number): void {
    this.#expiresAtMs = Math.max(this.#expiresAtMs, expiresAtMs);
  }

  noteSeen(atMs: number): void {
    this.#seenAtMs = Math.max(this.#seenAtMs, atMs);
  }

  /** Something may have happened to the run: it is read before the next write. */
  doubt(): void {
    this.#seenAtMs = Number.NEGATIVE_INFINITY;
  }

  noteProposed(transitionId: unknown): void {
    this.#unanswered.add(transitionId);
  }

  noteAnswered(transitionId: unknown): void {
    this.#unanswered.delete(transitionId);
  }

  /** True for a state that was proposed under this lease and may have been accepted without an answer. */
  isProposedHere(stateDetails: JsonObject | undefined): boolean {
    return this.#unanswered.has(stateDetails?.transition_id);
  }

  /** Ends the lease where the run, as it was read, is not its own any more. */
  note({ run, atMs }: RunSight): void {
    const finding = compareRun(run, this);
    if (finding.kind === 'held') this.noteSeen(atMs);
    else this.doubt();
    if (finding.kind === 'lost' && !this.isProposedHere(run?.state?.state_details)) this.end(finding.reason);
  }

  /**
   * Compares the run with the lease, unless it was seen to be ours less than `ageMs` ago.
   *
   * @param mayBeStopped the write is good for a run that is Cancelled or Crashed, and whose job may still run
   * @throws LeaseLostError
   */
  async verify(ageMs = 0, mayBeStopped = false): Promise<void> {
    const { clock, reads } = this.parts;
    if (clock.monotonicMs() - this.#seenAtMs < ageMs) return;
    await this.#settle(await reads.read(this.attempt.flowRunId), mayBeStopped);
  }

  /** As {@link verify}, with time left before and after. @throws LeaseLostError */
  async verifyUnexpired(ageMs: number, mayBeStopped = false): Promise<void> {
    this.assertUnexpired();
    await this.verify(ageMs, mayBeStopped);
    this.assertUnexpired();
  }

  /**
   * Looks for a state of the type that was proposed under this lease, accepted, and never answered. Null: there is none,
   * and the run is ours.
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

  /** @param mayBeFree nobody else is known to own the run, which is alive */
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
