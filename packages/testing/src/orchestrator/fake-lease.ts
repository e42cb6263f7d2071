import {
  type Attempt,
  isFinalStateType,
  type JsonObject,
  type LaunchPlace,
  type LaunchToStore,
  LeaseLostError,
  type ReleaseReason,
  type RunLease,
  type StateAnswer,
  type StateProposal,
  usualStateName,
} from '@worker-host/core';
import type { FakeCall } from './fake-call.js';
import type { FakeOwner, FakeRun } from './fake-run.js';
import { decideFakeTransition } from './fake-state-rules.js';

/** What a lease needs from the client that owns it. */
export interface FakeLeaseTools {
  readonly owner: FakeOwner;
  readonly hostReportsStates: boolean;
  find(flowRunId: string): FakeRun | null;
  enter(entry: FakeRun, proposal: StateProposal): StateAnswer;
  release(entry: FakeRun, reason: ReleaseReason): void;
  /** Stores where the launches of the pool are searched. */
  rememberPlace(place: LaunchPlace): void;
  nowMs(): number;
  /** When leases expire after a heartbeat that starts now. */
  renew(): number;
  /** @param act `scripted` is the response of a fault to a proposal. Null: none. */
  call<T>(call: FakeCall, act: (scripted: StateAnswer | null) => T, signal?: AbortSignal): Promise<T>;
  /** Stores, with the next heartbeat, a release that could not be stored. */
  keepRelease(lease: FakeLease, reason: ReleaseReason): void;
}

/** In-memory ownership of one attempt. Every write checks owner, attempt and token when it takes effect. */
export class FakeLease implements RunLease {
  readonly attempt: Attempt;
  readonly fencingToken: string;
  expiresAtMs: number;
  #isHeld = true;
  #endReason = 'its lease has ended';

  constructor(
    entry: FakeRun,
    private readonly tools: FakeLeaseTools,
    expiresAtMs: number,
  ) {
    const { flowRun, attemptId, attemptStartedAtMs, fencingToken } = entry;
    this.attempt = { flowRunId: flowRun.id, id: attemptId, startedAtMs: attemptStartedAtMs };
    this.fencingToken = fencingToken ?? '';
    this.expiresAtMs = expiresAtMs;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  async renew(signal?: AbortSignal): Promise<void> {
    const act = (): void => {
      this.#owned();
      this.expiresAtMs = this.tools.renew();
    };
    await this.tools.call(this.#call('renew'), act, signal);
  }

  async proposeState(proposal: StateProposal): Promise<StateAnswer> {
    const call = this.#call('proposeState', proposal.name ?? usualStateName(proposal.type));
    const answer = await this.tools.call(call, (scripted) => scripted ?? this.#propose(proposal));
    const { status, state } = answer;
    if (status === 'ACCEPT' && isFinalStateType(state.type)) this.#end(`it is ${state.name}`);
    return answer;
  }

  async storeLaunch(launch: LaunchToStore, request?: () => JsonObject | null): Promise<void> {
    const { relaunch, place, searchPlace = place } = launch;
    await this.#write(this.#call('storeLaunch'), (entry) => {
      this.#assertNotStopped(entry);
      const isNext = entry.launch !== null && entry.launch.relaunch !== relaunch;
      if (isNext) entry.flowRun = { ...entry.flowRun, infrastructurePid: null };
      entry.launch = { relaunch, place: structuredClone(place) };
      this.tools.rememberPlace(searchPlace);
      entry.launchRequest = structuredClone(request?.() ?? null);
    });
  }

  async storeInfrastructurePid(infrastructurePid: string): Promise<void> {
    await this.#write(this.#call('storeInfrastructurePid'), (entry) => {
      entry.flowRun = { ...entry.flowRun, infrastructurePid };
    });
  }

  async storeResult(result: JsonObject): Promise<void> {
    await this.#write(this.#call('storeResult'), (entry) => {
      entry.result = structuredClone(result);
    });
  }

  async label(labels: Readonly<Record<string, string>>): Promise<void> {
    await this.#write(this.#call('label'), (entry) => {
      entry.flowRun = { ...entry.flowRun, labels: { ...entry.flowRun.labels, ...labels } };
    });
  }

  output(lines: readonly { readonly message: string; readonly timestampMs: number }[], cursor?: string): void {
    const entry = this.tools.find(this.attempt.flowRunId);
    if (!this.#isHeld || entry === null || !this.#isOwnedIn(entry)) return;
    entry.output.push(...lines.map(({ message, timestampMs }) => ({ message, timestampMs })));
    if (cursor !== undefined) entry.outputCursor = cursor;
  }

  async release(reason: ReleaseReason): Promise<void> {
    if (!this.#isHeld) return;
    this.#end('it was released');
    try {
      await this.tools.call(this.#call('release', reason), () => this.releaseNow(reason));
    } catch {
      this.tools.keepRelease(this, reason);
    }
  }

  /** Stores a release if the ownership is still this lease's. */
  releaseNow(reason: ReleaseReason): void {
    const entry = this.tools.find(this.attempt.flowRunId);
    if (entry !== null && this.#isOwnedIn(entry)) this.tools.release(entry, reason);
  }

  /** Ends the lease if the pool has another token for the run, or none. */
  noteOwner(): void {
    const entry = this.tools.find(this.attempt.flowRunId);
    if (this.#isHeld && entry?.fencingToken !== this.fencingToken) this.#end(reasonOf(entry));
  }

  async #write(call: FakeCall, write: (entry: FakeRun) => void): Promise<void> {
    await this.tools.call(call, () => write(this.#unexpired()));
  }

  #propose(proposal: StateProposal): StateAnswer {
    const stored = this.tools.find(this.attempt.flowRunId);
    const repeated = stored === null || !this.#isHeld ? null : this.#repeatedFinal(stored, proposal);
    if (repeated !== null) return repeated;
    const entry = this.#unexpired();
    if (proposal.type !== 'CANCELLED' || !proposal.force) this.#assertNotStopped(entry);
    const { stateType, stateName, state } = entry.flowRun;
    const current = { type: stateType ?? 'SCHEDULED', name: stateName ?? '' };
    const decision = decideFakeTransition(current, proposal, this.tools.hostReportsStates);
    if (decision.status !== 'ACCEPT') return { status: decision.status, state, reason: decision.reason };
    return this.tools.enter(entry, proposal);
  }

  /** Response to a repeated final state whose first response was lost: accepted. */
  #repeatedFinal({ flowRun, fencingToken }: FakeRun, { type }: StateProposal): StateAnswer | null {
    const { state } = flowRun;
    const isOurs = fencingToken === this.fencingToken && isFinalStateType(type);
    return isOurs && state?.type === type ? { status: 'ACCEPT', state } : null;
  }

  #unexpired(): FakeRun {
    if (this.#isHeld && this.tools.nowMs() >= this.expiresAtMs) this.#end('its lease has expired');
    return this.#owned();
  }

  /** @throws LeaseLostError */
  #owned(): FakeRun {
    const entry = this.tools.find(this.attempt.flowRunId);
    if (this.#isHeld && (entry === null || !this.#isOwnedIn(entry))) this.#end(reasonOf(entry));
    if (!this.#isHeld || entry === null) throw new LeaseLostError(this.attempt.flowRunId, this.#endReason);
    return entry;
  }

  /** @throws LeaseLostError if the run is Cancelled or Crashed. */
  #assertNotStopped(entry: FakeRun): void {
    if (!['CANCELLED', 'CRASHED'].includes(entry.flowRun.stateType ?? '')) return;
    this.#end(reasonOf(entry));
    throw new LeaseLostError(this.attempt.flowRunId, this.#endReason);
  }

  #isOwnedIn({ owner, fencingToken, attemptId }: FakeRun): boolean {
    return owner === this.tools.owner && fencingToken === this.fencingToken && attemptId === this.attempt.id;
  }

  #end(reason: string): void {
    this.#isHeld = false;
    this.#endReason = reason;
  }

  #call(method: FakeCall['method'], detail: string | null = null): FakeCall {
    return { method, flowRunId: this.attempt.flowRunId, detail };
  }
}

function reasonOf(entry: FakeRun | null): string {
  if (entry === null) return 'it was deleted';
  const { stateType, stateName } = entry.flowRun;
  const isOver = stateType !== null && (isFinalStateType(stateType) || stateType === 'SCHEDULED');
  return isOver ? `it is ${stateName} by now` : 'another worker owns it';
}
