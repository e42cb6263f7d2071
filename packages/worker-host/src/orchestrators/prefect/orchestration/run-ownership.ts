import {
  type ClaimAnswer,
  type FlowRun,
  type InterruptedRun,
  type LaunchPlace,
  REPORT_GRACE_MS,
  type RunLease,
  type WorkerIdentity,
} from '@worker-host/core';
import type { ApiFlowRun, ApiWorker } from '../api/api-types.js';
import type { RunMove } from '../events/run-event-watcher.js';
import type { PrefectParts } from '../prefect-parts.js';
import { SharedReads } from '../shared-reads.js';
import { attemptOfStates } from './leases/attempt-of-states.js';
import { Claims, type GrantedClaim } from './leases/claim.js';
import { claimMessage } from './leases/claim-message.js';
import { LeaseBook } from './leases/lease-book.js';
import type { LeaseEnd } from './leases/lease-tools.js';
import { StateBatches } from './leases/state-batches.js';
import { leaseOf } from './leases/state-proposal.js';
import { readLaunchPlaces } from './places/launch-places.js';
import { StoredPlaces } from './places/stored-places.js';
import { RunReads, type RunSight } from './run-reads.js';
import { NameWatch } from './succession/name-watch.js';
import type { Heartbeat, Presence } from './succession/presence.js';
import { holderByHistory, holderSeen } from './succession/run-holder.js';
import { ownerVerdict, SILENCE_MARGIN_MS } from './succession/run-owner.js';
import { ServedSpan } from './succession/served-span.js';
import { Succession } from './succession/succession.js';
import { SuccessionSchedule } from './succession/succession-schedule.js';
import type { WorkerProcess } from './succession/worker-process.js';

export interface RunOwnershipDependencies {
  readonly parts: PrefectParts;
  readonly identity: WorkerIdentity;
  readonly process: WorkerProcess;
  readonly presence: Presence;
  readonly leaseMs: number;
  /** Null: unknown yet. */
  readonly workPoolId: () => string | null;
  /** Returns whether the server reports claims of other workers immediately. */
  readonly hearsClaims: () => boolean;
}

/** Several runs that are checked within a short time share one list of workers. */
const WORKERS_KEPT_MS = 2000;
/** Precision of the server's time: about a second. */
const CLOCK_MARGIN_MS = 2000;

/** Tracks which runs this process owns, and takes over others. */
export class RunOwnership {
  readonly reads: RunReads;
  readonly nameWatch: NameWatch;
  readonly #places: StoredPlaces;
  readonly #served: ServedSpan;
  readonly #claims: Claims;
  /** Claims in progress by run, and the server's time when the first of them started. */
  readonly #claiming = new Map<string, { readonly count: number; readonly beganAtMs: number }>();
  readonly #book: LeaseBook;
  readonly #schedule = new SuccessionSchedule();
  readonly #succession: Succession;
  readonly #workers: SharedReads<ReadonlyMap<string, ApiWorker>>;

  constructor(private readonly given: RunOwnershipDependencies) {
    const { parts, identity, process, presence, leaseMs, workPoolId, hearsClaims } = given;
    const { api, clock, logger, logs, rest } = parts;
    const { name, workPoolName } = identity;
    this.reads = new RunReads(api, () => clock.monotonicMs());
    this.nameWatch = new NameWatch(
      `Another worker named '${name}' sends heartbeats to work pool '${workPoolName}'. ` +
        'Stop one of the two, or start it under another name with --name.',
      leaseMs + SILENCE_MARGIN_MS,
    );
    const serverNowMs = (): number => rest.serverNowMs();
    this.#places = new StoredPlaces({ variables: api.variables, clock, logger, serverNowMs, workPoolName });
    this.#served = new ServedSpan(identity.heartbeatIntervalSeconds);
    this.#claims = new Claims({
      api,
      clock,
      serverNowMs: () => rest.serverNowMs(),
      issueToken: () => process.issueToken(),
      messageOf: (lease) => claimMessage({ worker: name, lease, attemptId: null, silenceMs: leaseMs }),
    });
    this.#book = new LeaseBook(
      {
        api,
        clock,
        logger,
        reads: this.reads,
        batches: new StateBatches(api, () => clock.monotonicMs()),
        identity,
        leaseMs,
        workPoolId,
        isBusy: () => this.#claims.isBusy,
        heartbeat: async () => {
          await presence.beat();
          return presence.provenUntilMs;
        },
        rememberPlace: (place) => this.#places.remember(place),
        log: (record) => logs.log(record),
      },
      (flowRunId, end) => this.#onLeaseEnd(flowRunId, end),
    );
    this.#succession = new Succession({
      api,
      clock,
      logger,
      reads: this.reads,
      book: this.#book,
      schedule: this.#schedule,
      presence,
      nameWatch: this.nameWatch,
      served: this.#served,
      process,
      identity,
      leaseMs,
      workPoolId,
      hearsClaims,
      isClaiming: (id) => this.#claiming.has(id),
      serverNowMs,
    });
    this.#workers = new SharedReads(clock, WORKERS_KEPT_MS, () => this.#succession.readWorkers());
  }

  /** Runs whose leases this process holds. */
  get heldIds(): readonly string[] {
    return this.#book.ids;
  }

  get holdsAny(): boolean {
    return this.#book.size > 0;
  }

  /** Returns whether the pool may have active runs whose leases this process does not hold. */
  get hasOtherRuns(): boolean {
    return !this.#schedule.isQuiet;
  }

  notePolled(flowRun: FlowRun): void {
    this.#claims.notePolled(flowRun);
  }

  async claim(flowRun: FlowRun): Promise<ClaimAnswer> {
    const { id } = flowRun;
    const { count = 0, beganAtMs = this.given.parts.rest.serverNowMs() } = this.#claiming.get(id) ?? {};
    this.#claiming.set(id, { count: count + 1, beganAtMs });
    try {
      const outcome = await this.#claims.claim(flowRun);
      if ('refusal' in outcome) return { claimed: false, reason: outcome.refusal };
      return { claimed: true, lease: this.#grant(flowRun, outcome) };
    } catch (error) {
      // It may have been accepted nevertheless.
      this.#schedule.ask(id, this.given.parts.clock.monotonicMs());
      throw error;
    } finally {
      const others = (this.#claiming.get(id)?.count ?? 1) - 1;
      if (others === 0) this.#claiming.delete(id);
      else this.#claiming.set(id, { count: others, beganAtMs });
    }
  }

  takeOver(limit: number, signal?: AbortSignal): Promise<readonly InterruptedRun[]> {
    return this.#succession.takeOver(limit, signal);
  }

  /** See {@link readLaunchPlaces}. */
  launchPlaces(signal?: AbortSignal): Promise<readonly LaunchPlace[]> {
    const { identity, parts } = this.given;
    return readLaunchPlaces(parts.api, this.#places, identity.workPoolName, signal);
  }

  /** Releases every run of this process to other workers. */
  releaseAll(): Promise<void> {
    return this.#book.releaseAll();
  }

  /** Applies a run as read. */
  note(flowRunId: string, sight: RunSight): void {
    this.#book.note(flowRunId, sight);
  }

  async ownerOf(flowRun: FlowRun): Promise<'us' | 'another' | 'nobody'> {
    const { id } = flowRun;
    if (this.#book.has(id) || this.#claiming.has(id)) return 'us';
    const run = flowRun.json as unknown as ApiFlowRun;
    const circumstances = this.#succession.circumstances(await this.#workers.get(''));
    let holder = holderSeen(run);
    if (holder.kind === 'unclear') {
      const history = attemptOfStates(id, await this.given.parts.api.readFlowRunStates(id));
      if (history === null) return 'nobody';
      holder = holderByHistory(run, history);
    }
    return ownerVerdict(holder, circumstances).isFree ? 'nobody' : 'another';
  }

  onHeartbeat(heartbeat: Heartbeat): void {
    if (heartbeat.isTaken) {
      this.#book.extend(heartbeat.beganAtMs, heartbeat.endedAtMs);
      this.#served.note(heartbeat.beganAtMs);
    }
    this.nameWatch.noteOwn(heartbeat);
  }

  /** Reads the last heartbeat of this worker's name if another process of the name may be alive. */
  async lookAtName(signal: AbortSignal): Promise<void> {
    if (this.nameWatch.isAsked(this.given.parts.clock.monotonicMs())) await this.#succession.readWorkers(signal);
  }

  onMoved(move: RunMove): void {
    this.#book.noteMove(move);
    if (!move.isClaim || this.#book.has(move.flowRunId) || this.#claiming.has(move.flowRunId)) return;
    this.#schedule.noteClaim(this.given.parts.clock.monotonicMs());
  }

  /**
   * A run that is being cancelled without a lease here may have no owner.
   *
   * @param occurredMs server's milliseconds; default: now
   * @returns false if an earlier attempt was cancelled: the server sends the events of the last minute again
   */
  onCancelling(flowRunId: string, occurredMs = Number.POSITIVE_INFINITY): boolean {
    const claim = this.#claiming.get(flowRunId);
    const isBeforeClaim = claim !== undefined && occurredMs < claim.beganAtMs - CLOCK_MARGIN_MS;
    if (isBeforeClaim || this.#book.isOfEarlierAttempt(flowRunId, occurredMs)) return false;
    if (!this.#book.has(flowRunId)) this.#schedule.ask(flowRunId, this.given.parts.clock.monotonicMs());
    return true;
  }

  #grant(flowRun: FlowRun, { state, token, beganAtMs }: GrantedClaim): RunLease {
    const { leaseMs, presence } = this.given;
    this.#schedule.forget(flowRun.id);
    const lease = this.#book.grant({
      attempt: { flowRunId: flowRun.id, id: state.id, startedAtMs: Date.parse(state.timestamp) },
      fencingToken: token,
      expiresAtMs: beganAtMs + leaseMs,
      seenAtMs: beganAtMs,
      isLabelled: false,
      deaths: 0,
      knownPid: flowRun.infrastructurePid,
      concurrencyLeaseId: leaseOf(state.stateDetails),
    });
    presence.wake();
    return lease;
  }

  #onLeaseEnd(flowRunId: string, { mayBeFree, released }: LeaseEnd): void {
    const nowMs = this.given.parts.clock.monotonicMs();
    if (released === 'unreported') this.#schedule.postpone(flowRunId, nowMs + REPORT_GRACE_MS, false);
    else if (mayBeFree) this.#schedule.ask(flowRunId, nowMs);
  }
}
