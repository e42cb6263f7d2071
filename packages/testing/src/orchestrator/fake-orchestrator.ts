import {
  type ClaimAnswer,
  type ClaimOptions,
  type ControlPlaneCondition,
  type Deployment,
  type Flow,
  type FlowRun,
  type HeartbeatAnswer,
  type InterruptedRun,
  type LaunchPlace,
  type LogRecord,
  type Orchestrator,
  type OrchestratorListener,
  type ReferenceReader,
  type RunResources,
  type WorkerEvent,
  type WorkerIdentity,
  WorkerNameInUseError,
  type WorkPoolRequest,
} from '@worker-host/core';
import type { CallFaults } from './call-faults.js';
import { callText, type FakeCall, type FakeMethod } from './fake-call.js';
import { FakeChannel } from './fake-channel.js';
import { FakeLeases } from './fake-leases.js';
import { FakeOwnership } from './fake-ownership.js';
import type { FakePool } from './fake-pool.js';
import { FakeProcess } from './fake-process.js';
import type { FakeOwner, FakeRun } from './fake-run.js';

const MISSED_HEARTBEATS = 3;
const DEFAULT_INTERVAL_SECONDS = 30;

/** A worker's client of a {@link FakePool}: a complete in-memory control plane, whose calls a test can fail, lose or hold. */
export class FakeOrchestrator implements Orchestrator, FakeOwner {
  readonly description = 'memory';
  readonly prefectVersion = '3.8.8';
  /** Can be set by a test. */
  condition: ControlPlaneCondition = { problems: [], passedOver: [] };
  readonly workerId = null;
  readonly defaultCommand = 'run-it';
  readonly #process = new FakeProcess();
  readonly #channel = new FakeChannel(this.#process);
  readonly #ownership: FakeOwnership;
  readonly #leases: FakeLeases;
  /** Runs with a pending claim: possibly granted, but not returned yet. */
  readonly #claiming = new Set<string>();
  #identity: WorkerIdentity | null = null;
  #listener: OrchestratorListener | null = null;

  constructor(readonly pool: FakePool) {
    this.#ownership = new FakeOwnership(pool);
    this.#leases = new FakeLeases(this, pool, this.#ownership, this.#channel);
  }

  get hostReportsStates(): boolean {
    return this.pool.hostReportsStates;
  }

  get references(): ReferenceReader {
    return this.pool.references;
  }

  get leaseMs(): number {
    return (this.#identity?.heartbeatIntervalSeconds ?? DEFAULT_INTERVAL_SECONDS) * 1000 * MISSED_HEARTBEATS;
  }

  get workerName(): string | null {
    return this.#identity?.name ?? null;
  }

  /** Faults of this client's calls. */
  get faults(): CallFaults {
    return this.#channel.faults;
  }

  /** Every call that reaches the control plane, in order. */
  get calls(): readonly FakeCall[] {
    return this.#channel.calls;
  }

  get isClosed(): boolean {
    return this.#channel.isClosed;
  }

  get isLiving(): boolean {
    if (this.#channel.isClosed || this.#identity === null) return false;
    if (this.pool.seesDeaths) return !this.#process.isDead;
    return this.pool.clock.monotonicMs() - this.#leases.seenAtMs < this.leaseMs;
  }

  /** The calls as one line each, such as `proposeState Running a`. */
  get callTexts(): readonly string[] {
    return this.calls.map(callText);
  }

  /** Number of calls of a method. */
  callsOf(method: FakeMethod): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  /** Kills the process: its pending and future calls never get a response. */
  kill(): void {
    this.#process.kill();
  }

  /** Pauses the process as SIGSTOP does: its calls, responses and notifications wait for {@link resume}. */
  pause(): void {
    this.#process.pause();
  }

  resume(): void {
    this.#process.resume();
  }

  /** Withholds notifications to the listener until {@link unmute}. */
  mute(): void {
    this.#process.mute();
  }

  unmute(): void {
    this.#process.unmute();
  }

  /** @internal Passes a notification to the listener, after the calls of this turn. */
  deliver(message: (listener: OrchestratorListener) => void): void {
    this.#process.deliver(() => {
      if (this.#listener !== null && !this.#channel.isClosed) message(this.#listener);
    });
  }

  /** @internal */
  async requestTeardown(request: Parameters<OrchestratorListener['onTeardown']>[0]): Promise<void> {
    if (this.#listener !== null && !this.#channel.isClosed) await this.#listener.onTeardown(request);
  }

  async open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void> {
    const act = (): void => {
      const [namesake] = this.#namesakes(identity.name);
      if (this.pool.refusesNamesakes && namesake !== undefined) throw new WorkerNameInUseError(identity.name, namesake);
      const { workPoolName: name, type } = identity;
      const baseJobTemplate = request.defaultBaseJobTemplate;
      const { workPool } = this.pool;
      if (workPool === null && request.createIfNotFound) this.pool.setWorkPool({ name, type, baseJobTemplate });
      else if (workPool !== null && Object.keys(workPool.baseJobTemplate).length === 0)
        this.pool.setWorkPool({ baseJobTemplate });
      this.#identity = identity;
      this.#listener = listener;
      this.#leases.beat();
    };
    await this.#channel.call({ method: 'open', flowRunId: null, detail: null }, act);
  }

  async heartbeat(signal?: AbortSignal): Promise<HeartbeatAnswer> {
    const beganAtMs = this.pool.clock.monotonicMs();
    return await this.#opened('heartbeat', signal, () => {
      this.#leases.storeReleases();
      this.#leases.renewAll(beganAtMs);
      const { workPool, refusesNamesakes } = this.pool;
      return { workPool, namesakes: refusesNamesakes ? [] : this.#namesakes(this.workerName) };
    });
  }

  async getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
    readonly signal?: AbortSignal;
  }): Promise<readonly FlowRun[]> {
    const queueNames = this.#identity?.workQueueNames ?? [];
    return await this.#opened('getScheduledFlowRuns', query.signal, () =>
      this.#ownership.due(queueNames, query.scheduledBeforeMs, query.limit),
    );
  }

  async claim({ id }: FlowRun, { resources = null, signal }: ClaimOptions = {}): Promise<ClaimAnswer> {
    this.#claiming.add(id);
    try {
      const call: FakeCall = { method: 'claim', flowRunId: id, detail: null };
      const answer = await this.#channel.call(call, () => this.#claim(id, resources), signal);
      return 'reason' in answer ? answer : { claimed: true, lease: this.#leases.grant(answer) };
    } finally {
      this.#claiming.delete(id);
    }
  }

  async takeOverInterruptedRuns(query: {
    readonly limit: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly InterruptedRun[]> {
    return await this.#opened('takeOverInterruptedRuns', query.signal, () => {
      this.#leases.storeReleases();
      const isHeld = (id: string): boolean => this.#claiming.has(id) || this.#leases.isHeld(id);
      const taken = this.#ownership.takeOver(this, query.limit, isHeld).map((entry) => ({ ...entry }));
      this.#leases.noteOwners();
      return taken;
    }).then((taken) => taken.map((entry) => this.#interrupted(entry)));
  }

  async readFlowRun(id: string): Promise<FlowRun | null> {
    return await this.#opened('readFlowRun', undefined, () => this.pool.run(id), id);
  }

  async readFlowRuns(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, FlowRun>> {
    return await this.#opened('readFlowRuns', signal, () => {
      const found = ids.map((id) => this.pool.run(id)).filter((run) => run !== null);
      return new Map(found.map((run) => [run.id, run]));
    });
  }

  async ownerOf({ id }: FlowRun): Promise<'us' | 'another' | 'nobody'> {
    const act = (): 'us' | 'another' | 'nobody' => {
      const owner = this.pool.find(id)?.owner ?? null;
      if (owner === this) return 'us';
      return owner?.isLiving === true ? 'another' : 'nobody';
    };
    return await this.#opened('ownerOf', undefined, act, id);
  }

  async launchPlaces(signal?: AbortSignal): Promise<readonly LaunchPlace[]> {
    return await this.#opened('launchPlaces', signal, () => this.pool.places.newestFirst);
  }

  async readDeployment(id: string): Promise<Deployment | null> {
    return await this.#opened('readDeployment', undefined, () => this.pool.deployments.get(id) ?? null);
  }

  async readFlow(id: string): Promise<Flow | null> {
    const unknown: Flow = { id, name: 'flow', tags: ['flow-tag'], json: {} };
    return await this.#opened('readFlow', undefined, () => this.pool.flows.get(id) ?? unknown);
  }

  jobEnvironment(): Readonly<Record<string, string>> {
    return {};
  }

  log(record: LogRecord): void {
    this.pool.logs.push(record);
  }

  emit(event: WorkerEvent): string {
    this.pool.events.push(event);
    return event.id ?? `event-${this.pool.events.length}`;
  }

  async close(): Promise<void> {
    if (this.#channel.isClosed) return;
    await this.#process.gate();
    this.#leases.storeReleases();
    this.#channel.isClosed = true;
  }

  #claim(id: string, resources: RunResources | null): FakeRun | { readonly claimed: false; readonly reason: string } {
    if (this.#identity === null) throw notOpen();
    const own = this.pool.find(id);
    // A claim of this client whose response was lost is granted again: the same attempt.
    const isOwn = own !== null && own.owner === this && own.flowRun.stateType === 'PENDING';
    if (isOwn && !this.#leases.isHeld(id, own.fencingToken)) {
      const [granted] = this.#ownership.takeOver(this, 1, (other) => other !== id);
      if (granted !== undefined) return { ...granted };
    }
    const { entry, refusal } = this.#ownership.claim(this, id, resources);
    return entry === null ? { claimed: false, reason: refusal } : { ...entry };
  }

  #interrupted(entry: FakeRun): InterruptedRun {
    const { flowRun, launch, outputCursor, deaths } = entry;
    const { infrastructurePid } = flowRun;
    return { lease: this.#leases.grant(entry), flowRun, infrastructurePid, launch, outputCursor, deaths };
  }

  #namesakes(name: string | null): readonly string[] {
    const others = this.pool.clients.filter(
      (client) => client !== this && client.isLiving && client.workerName === name,
    );
    return others.map((client) => `worker ${client.workerName}, client ${this.pool.clients.indexOf(client) + 1}`);
  }

  async #opened<T>(method: FakeMethod, signal: AbortSignal | undefined, act: () => T, id: string | null = null) {
    const checked = (): T => {
      if (this.#identity === null) throw notOpen();
      return act();
    };
    return await this.#channel.call({ method, flowRunId: id, detail: null }, checked, signal);
  }
}

function notOpen(): Error {
  return new Error('The control plane was called before open()');
}
