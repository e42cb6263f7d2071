import {
  type Attempt,
  isFinalStateType,
  type JsonObject,
  type LaunchToStore,
  LeaseLostError,
  type Logger,
  type ReleaseReason,
  type RunLease,
  type StateAnswer,
  type StateProposal,
} from '@worker-host/core';
import type { DatabaseAccess } from '../database/database-access.js';
import type { FlowRuns } from '../runs/flow-runs.js';
import type { LaunchRequests } from '../runs/launch-requests.js';
import type { RunLogs } from '../runs/run-logs.js';
import type { HeldLeases } from './held-leases.js';
import type { LeaseStates } from './lease-states.js';
import type { Granted, Holding, Ownership } from './ownership.js';

/** What leases share. */
export interface LeaseTools {
  readonly access: DatabaseAccess;
  readonly runs: FlowRuns;
  readonly ownership: Ownership;
  readonly states: LeaseStates;
  readonly requests: LaunchRequests;
  readonly logs: RunLogs;
  readonly held: HeldLeases;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Stores that the worker lives; returns when its leases expire. */
  beat(): number;
}

/** The ownership of one attempt at a run of the embedded pool: every write checks it in its own transaction. */
export class EmbeddedLease implements RunLease {
  readonly attempt: Attempt;
  readonly fencingToken: string;
  readonly holding: Holding;
  #expiresAtMs: number;
  #endReason: string | null = null;
  #isReleasing = false;
  readonly #queued = new Set<Promise<unknown>>();

  constructor(
    { attempt, fencingToken }: Granted,
    private readonly tools: LeaseTools,
    expiresAtMs: number,
  ) {
    this.attempt = attempt;
    this.fencingToken = fencingToken;
    this.holding = { flowRunId: attempt.flowRunId, attempt: Number(attempt.id), fencingToken };
    this.#expiresAtMs = expiresAtMs;
  }

  get isHeld(): boolean {
    return this.#endReason === null;
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  async renew(signal?: AbortSignal): Promise<void> {
    const { access } = this.tools;
    const renew = (): number => {
      this.#assertHeld();
      return this.tools.beat();
    };
    this.#expiresAtMs = await access.write('Renewing a lease', renew, signal);
  }

  async proposeState(proposal: StateProposal): Promise<StateAnswer> {
    const { access, logs, states } = this.tools;
    if (isFinalStateType(proposal.type)) await access.call('Storing the log of a run', () => logs.write());
    const answer = await this.#queue(() => access.writeBatched('Storing a state', states, { lease: this, proposal }));
    if (answer instanceof LeaseLostError) throw answer;
    if (answer.status === 'ACCEPT' && isFinalStateType(answer.state.type)) this.#end(`it is ${answer.state.name}`);
    return answer;
  }

  async storeLaunch(launch: LaunchToStore, toShow?: () => JsonObject | null): Promise<void> {
    const { ownership, requests } = this.tools;
    const { relaunch } = launch;
    const { attempt } = this.holding;
    const request = toShow?.() ?? null;
    await this.#write('Storing the launch of a run', (id) => {
      ownership.storeLaunch(id, launch);
      if (request !== null) requests.store(id, { attempt, relaunch, request });
    });
  }

  async storeInfrastructurePid(infrastructurePid: string): Promise<void> {
    const { runs } = this.tools;
    await this.#write('Storing the infrastructure of a run', (id) =>
      runs.storeInfrastructurePid(id, infrastructurePid),
    );
  }

  async storeResult(result: JsonObject): Promise<void> {
    await this.#write('Storing the result of a run', (id) => this.tools.runs.storeResult(id, result));
  }

  async label(labels: Readonly<Record<string, string>>): Promise<void> {
    await this.#write('Labelling a run', (id) => this.tools.runs.addLabels(id, labels));
  }

  output(lines: readonly { readonly message: string; readonly timestampMs: number }[], cursor?: string): void {
    if (this.isHeld) this.tools.logs.addOutput(this.holding, lines, cursor ?? null);
  }

  async release(reason: ReleaseReason): Promise<void> {
    if (!this.isHeld || this.#isReleasing) return;
    this.#isReleasing = true;
    // What was asked for before is stored first.
    if (this.#queued.size > 0) await Promise.allSettled(this.#queued);
    this.#end('it was released');
    const { access, ownership, logs, held, logger, nowMs } = this.tools;
    const releasedMs = nowMs();
    const store = (): void => {
      logs.write();
      access.database.write(() => ownership.release(this.holding, reason, releasedMs));
    };
    try {
      await access.call('Releasing a run', store);
    } catch (error) {
      held.keepRelease(store);
      const { flowRunId } = this.attempt;
      logger.warn('Storing the release of a run failed; retrying with the next heartbeat', { flowRunId, error });
    }
  }

  /** Moves the expiry, unless the lease has expired: then it takes {@link renew}. */
  extend(expiresAtMs: number): void {
    if (!this.#isExpired) this.#expiresAtMs = Math.max(this.#expiresAtMs, expiresAtMs);
  }

  /**
   * Returns why nothing may be written under the lease, which ends then. Null: it may.
   *
   * @param loss why the database knows another ownership. Null: it knows this one.
   */
  check(loss: string | null): string | null {
    if (this.isHeld && this.#isExpired) this.#end('its lease has expired');
    if (loss !== null) this.#end(loss);
    return this.#endReason;
  }

  /** The run was seen with another owner, or without one. */
  lose(): void {
    this.#end('another worker owns it');
  }

  async #write(what: string, act: (flowRunId: string) => void): Promise<void> {
    const write = (): void => {
      this.#assertWritable();
      act(this.attempt.flowRunId);
    };
    await this.#queue(() => this.tools.access.write(what, write));
  }

  /** Writes are done in the order of the calls. None begins once the run is being released. */
  async #queue<T>(write: () => Promise<T>): Promise<T> {
    if (this.#isReleasing) throw new LeaseLostError(this.attempt.flowRunId, this.#endReason ?? 'it is being released');
    const written = write();
    this.#queued.add(written);
    try {
      return await written;
    } finally {
      this.#queued.delete(written);
    }
  }

  /** @throws LeaseLostError */
  #assertWritable(): void {
    this.#assert(this.check(this.#loss()));
  }

  /** As {@link #assertWritable}, also where the lease has expired. @throws LeaseLostError */
  #assertHeld(): void {
    const loss = this.#loss();
    if (loss !== null) this.#end(loss);
    this.#assert(this.#endReason);
  }

  #assert(endReason: string | null): void {
    if (endReason !== null) throw new LeaseLostError(this.attempt.flowRunId, endReason);
  }

  #loss(): string | null {
    return this.tools.ownership.losses([this.holding])[0] ?? null;
  }

  get #isExpired(): boolean {
    return this.tools.access.clock.monotonicMs() >= this.#expiresAtMs;
  }

  #end(reason: string): void {
    this.#endReason ??= reason;
  }
}
