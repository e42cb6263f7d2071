import {
  type Clock,
  type Deployment,
  type Flow,
  type FlowRun,
  isFinalStateType,
  type JsonObject,
  type LogRecord,
  type OrchestratorListener,
  type ReferenceReader,
  type State,
  type StateType,
  type StoredLaunch,
  usualStateName,
  type WorkerEvent,
  type WorkPool,
} from '@worker-host/core';
import { aFlowRun, aWorkPool } from '../builders/nouns.js';
import { FakeOrchestrator } from './fake-orchestrator.js';
import { FakePlaces } from './fake-places.js';
import { type FakeOutputLine, type FakeRun, isClaimed } from './fake-run.js';

export interface FakePoolOptions {
  /** The clock of the pool and of all its clients. */
  readonly clock: Clock;
  /** True (default): like the embedded pool; false: like a Prefect server, where the job reports its own states. */
  readonly hostReportsStates?: boolean;
  /** Overrides of a pool named `p` of type `fake`. Null: the pool does not exist. */
  readonly workPool?: Partial<WorkPool> | null;
  /**
   * True: the death of a process is detected immediately, as on one machine; false: by missing heartbeats. Default:
   * `hostReportsStates`.
   */
  readonly seesDeaths?: boolean;
  /** True: a second live worker with the same name cannot open; false: heartbeats report it. Default: `hostReportsStates`. */
  readonly refusesNamesakes?: boolean;
  /** True: clients are notified of a new run immediately; false: they have to poll. Default: true. */
  readonly announcesWork?: boolean;
}

export interface FakeQueue {
  /** 1 is the most urgent. */
  readonly priority: number;
  readonly concurrencyLimit: number | null;
  readonly isPaused: boolean;
}

/** What an earlier owner stored for a run that is added as pending, running or cancelling. */
export interface FakeRunLeftovers {
  /** Default: 1. */
  readonly attemptNumber?: number;
  readonly launch?: StoredLaunch | null;
  readonly outputCursor?: string | null;
  /** See `InterruptedRun.deaths`. Default: 0. */
  readonly deaths?: number;
}

const OPEN_QUEUE: FakeQueue = { priority: 1, concurrencyLimit: null, isPaused: false };
const NO_REFERENCES: ReferenceReader = {
  readBlockDocument: async () => null,
  readBlockDocumentById: async () => null,
  readVariable: async () => null,
};

/** State of an in-memory control plane, shared by its clients; a test reads and changes it as users and jobs do. */
export class FakePool {
  readonly clock: Clock;
  readonly hostReportsStates: boolean;
  readonly seesDeaths: boolean;
  readonly refusesNamesakes: boolean;
  announcesWork: boolean;
  readonly clients: FakeOrchestrator[] = [];
  readonly deployments = new Map<string, Deployment>();
  readonly flows = new Map<string, Flow>();
  readonly queues = new Map<string, FakeQueue>([['default', OPEN_QUEUE]]);
  readonly logs: LogRecord[] = [];
  readonly events: WorkerEvent[] = [];
  references: ReferenceReader = NO_REFERENCES;
  workPool: WorkPool | null;
  /** @internal */
  readonly places = new FakePlaces();
  readonly #runs = new Map<string, FakeRun>();
  #sequence = 0;

  constructor(options: FakePoolOptions) {
    this.clock = options.clock;
    this.hostReportsStates = options.hostReportsStates ?? true;
    this.seesDeaths = options.seesDeaths ?? this.hostReportsStates;
    this.refusesNamesakes = options.refusesNamesakes ?? this.hostReportsStates;
    this.announcesWork = options.announcesWork ?? true;
    this.workPool = options.workPool === null ? null : aWorkPool({ name: 'p', type: 'fake', ...options.workPool });
  }

  /** Returns a client, as for a new worker process. */
  createClient(): FakeOrchestrator {
    const client = new FakeOrchestrator(this);
    this.clients.push(client);
    return client;
  }

  /**
   * Adds a run, scheduled and due by default. A run added as pending, running or cancelling has no owner and can be taken over.
   */
  addRun(over: Partial<FlowRun>, left: FakeRunLeftovers = {}): FlowRun {
    const id = over.id ?? `run-${this.next()}`;
    const defaults = { name: `name-${id}`, flowId: 'flow-id', deploymentId: null, expectedStartTime: null };
    const plain = { nextScheduledStartTime: null, workPoolName: this.workPool?.name ?? 'p', json: {} };
    const flowRun = aFlowRun({ ...defaults, ...plain, ...over, id });
    const dueMs = Date.parse(flowRun.nextScheduledStartTime ?? flowRun.expectedStartTime ?? '');
    const entry: FakeRun = {
      flowRun,
      sequence: this.next(),
      states: [],
      dueMs: Number.isNaN(dueMs) ? this.clock.nowMs() : dueMs,
      attemptNumber: 0,
      attemptId: '',
      attemptStartedAtMs: 0,
      deaths: left.deaths ?? 0,
      owner: null,
      fencingToken: null,
      offeredFromMs: Number.NEGATIVE_INFINITY,
      launch: left.launch ?? null,
      launchRequest: null,
      outputCursor: left.outputCursor ?? null,
      resources: null,
      noRoom: null,
      output: [],
      result: null,
    };
    if (left.launch) this.places.remember(left.launch.place);
    this.#runs.set(id, entry);
    const state = this.enter(entry, flowRun.stateType ?? 'SCHEDULED', flowRun.stateName ?? undefined);
    if (isClaimed(entry)) {
      entry.attemptNumber = left.attemptNumber ?? 1;
      entry.attemptId = this.hostReportsStates ? String(entry.attemptNumber) : state.id;
      entry.attemptStartedAtMs = this.clock.nowMs();
    }
    if (this.announcesWork) this.tell((listener) => listener.onWorkAvailable());
    return entry.flowRun;
  }

  /** Sets the state of a run without checking rules, as its job or a user with force does. */
  put(flowRunId: string, type: StateType, name?: string, message: string | null = null): State {
    const entry = this.entry(flowRunId);
    const state = this.enter(entry, type, name, message);
    if (this.#endsOwnership(type)) entry.fencingToken = null;
    if (type === 'CANCELLING' || type === 'CANCELLED') this.tell((listener) => listener.onCancelling(flowRunId));
    if (type === 'SCHEDULED' && this.announcesWork) this.tell((listener) => listener.onWorkAvailable());
    return state;
  }

  /** Cancels a run as a user does: an unclaimed run becomes Cancelled, any other Cancelling. */
  cancel(flowRunId: string): State {
    const { flowRun } = this.entry(flowRunId);
    const { stateType, state } = flowRun;
    if (state !== null && stateType !== null && isFinalStateType(stateType)) return state;
    const isUnclaimed = stateType === 'SCHEDULED' || stateType === 'PAUSED';
    return this.put(flowRunId, isUnclaimed ? 'CANCELLED' : 'CANCELLING');
  }

  /** Deletes a run. */
  removeRun(flowRunId: string): void {
    this.#runs.delete(flowRunId);
  }

  /** Changes or creates the pool. Null: deletes it. */
  setWorkPool(change: Partial<WorkPool> | null): void {
    this.workPool = change === null ? null : aWorkPool({ name: 'p', type: 'fake', ...this.workPool, ...change });
    this.tell((listener) => listener.onWorkPool(this.workPool));
  }

  /** Changes or creates a queue. */
  setQueue(name: string, change: Partial<FakeQueue>): void {
    this.queues.set(name, { ...(this.queues.get(name) ?? OPEN_QUEUE), ...change });
  }

  /** Requests every open client to tear down the infrastructure of a run; resolves when all have done so. */
  async teardown(flowRunId: string, infrastructurePid: string | null, isCancelled = true): Promise<void> {
    const request = { flowRunId, infrastructurePid, isCancelled };
    const requests = this.clients.map((client) => client.requestTeardown(request));
    await Promise.all(requests);
  }

  /** Returns a copy of the run. Null: deleted, or never added. */
  run(flowRunId: string): FlowRun | null {
    return this.#runs.get(flowRunId)?.flowRun ?? null;
  }

  states(flowRunId: string): readonly State[] {
    return this.#runs.get(flowRunId)?.states ?? [];
  }

  stateNames(flowRunId: string): readonly string[] {
    return this.states(flowRunId).map(({ name }) => name);
  }

  lastState(flowRunId: string): State | null {
    return this.states(flowRunId).at(-1) ?? null;
  }

  result(flowRunId: string): JsonObject | null {
    return this.#runs.get(flowRunId)?.result ?? null;
  }

  launch(flowRunId: string): StoredLaunch | null {
    return this.#runs.get(flowRunId)?.launch ?? null;
  }

  output(flowRunId: string): readonly FakeOutputLine[] {
    return this.#runs.get(flowRunId)?.output ?? [];
  }

  outputCursor(flowRunId: string): string | null {
    return this.#runs.get(flowRunId)?.outputCursor ?? null;
  }

  /** Returns the number of granted attempts. */
  attempts(flowRunId: string): number {
    return this.#runs.get(flowRunId)?.attemptNumber ?? 0;
  }

  /** Returns the client that owns a run, alive or dead. Null: none. */
  owner(flowRunId: string): FakeOrchestrator | null {
    const owner = this.#runs.get(flowRunId)?.owner ?? null;
    return this.clients.find((client) => client === owner) ?? null;
  }

  /** @internal */
  entries(): Iterable<FakeRun> {
    return this.#runs.values();
  }

  /** @internal */
  find(flowRunId: string): FakeRun | null {
    return this.#runs.get(flowRunId) ?? null;
  }

  /** @internal */
  entry(flowRunId: string): FakeRun {
    const entry = this.find(flowRunId);
    if (entry === null) throw new Error(`The pool has no such run [run=${flowRunId}]`);
    return entry;
  }

  /** @internal Stores a state, and its consequences. */
  enter(entry: FakeRun, type: StateType, name = usualStateName(type), message: string | null = null): State {
    const timestamp = new Date(this.clock.nowMs()).toISOString();
    const state = { id: `state-${this.next()}`, type, name, timestamp, message, data: null, stateDetails: {} };
    const isStart = type === 'RUNNING' && entry.flowRun.stateType !== 'RUNNING';
    const started = isStart
      ? { startTime: entry.flowRun.startTime ?? timestamp, runCount: entry.flowRun.runCount + 1 }
      : {};
    entry.flowRun = { ...entry.flowRun, ...started, state, stateType: type, stateName: name };
    entry.states.push(state);
    if (this.#endsOwnership(type)) entry.owner = null;
    if (type === 'SCHEDULED' && entry.attemptNumber > 0) {
      entry.dueMs = this.clock.nowMs();
      entry.flowRun = { ...entry.flowRun, infrastructurePid: null };
    }
    return state;
  }

  /** @internal Returns the next number of a sequence, for ids. */
  next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** The job of a run that is cancelled, or that reports its crash, still has its owner. */
  #endsOwnership(type: StateType): boolean {
    if (type === 'CANCELLED' || type === 'CRASHED') return this.hostReportsStates;
    return isFinalStateType(type) || type === 'SCHEDULED';
  }

  /** @internal */
  tell(message: (listener: OrchestratorListener) => void): void {
    for (const client of this.clients) client.deliver(message);
  }
}
