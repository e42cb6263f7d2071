import { randomUUID } from 'node:crypto';
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
  shownAddress,
  type WorkerEvent,
  type WorkerIdentity,
  type WorkPool,
  type WorkPoolRequest,
} from '@worker-host/core';
import { OrchestratorNotOpenError } from '../orchestrator-not-open-error.js';
import type { ApiFlowRun, ApiScheduledRun } from './api/api-types.js';
import { toDeployment, toFlow, toFlowRun, toWorkPool } from './api/nouns-from-api.js';
import { PREFECT_VERSION } from './connection.js';
import { EarlyStart, type Post, readServerFacts } from './early-start.js';
import { readLateRuns } from './late-runs.js';
import { PrefectReferences } from './orchestration/prefect-references.js';
import { checkServerVersion } from './orchestration/server-version.js';
import { WorkerProcess } from './orchestration/succession/worker-process.js';
import { type HeartbeatTimes, heartbeatTimes } from './orchestration/wire-heartbeat.js';
import type { PrefectParts } from './prefect-parts.js';
import { PrefectNotFoundError } from './rest/rest-errors.js';
import { forwardedSettings } from './settings/forwarded-settings.js';
import { SharedReads } from './shared-reads.js';
import { WorkerSession } from './worker-session.js';

const FLOW_KEPT_MS = 10 * 60_000;
/** A deployment is read once for the runs of a poll, and again for those that are launched later than this. */
const DEPLOYMENT_KEPT_MS = 10_000;
const MOST_POLLED = 200;

/** Replaceable parts. */
export interface PrefectOrchestratorOptions {
  /** Default: the current process. */
  readonly process?: WorkerProcess;
  /** Interval of sent heartbeats for the declared interval. Default: {@link heartbeatTimes}. */
  readonly timesOf?: (declaredSeconds: number) => HeartbeatTimes;
}

/** A control plane on a Prefect server or Prefect Cloud. */
export class PrefectOrchestrator implements Orchestrator {
  readonly hostReportsStates = false;
  readonly defaultCommand = 'prefect flow-run execute';
  readonly references: ReferenceReader;
  readonly description: string;
  readonly #deployments: SharedReads<Deployment | null>;
  readonly #flows: SharedReads<Flow | null>;
  readonly #process: WorkerProcess;
  readonly #timesOf: (declaredSeconds: number) => HeartbeatTimes;
  #serverVersion: string | null = null;
  /** True: the server knows no such pool or queue, and this was logged. */
  #isPolledInVain = false;
  #session: WorkerSession | null = null;
  #early: EarlyStart | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    private readonly parts: PrefectParts,
    { process = new WorkerProcess(), timesOf = heartbeatTimes }: PrefectOrchestratorOptions = {},
  ) {
    this.#process = process;
    this.#timesOf = timesOf;
    const { api, clock, connection } = parts;
    this.description = `${connection.isCloud ? 'Prefect Cloud' : 'Prefect server'} at ${shownAddress(connection.apiUrl)} (${connection.source})${connection.isTlsVerified ? '' : ', its certificate is not verified'}`;
    this.references = new PrefectReferences(api);
    this.#deployments = new SharedReads(clock, DEPLOYMENT_KEPT_MS, async (id) => {
      const found = await api.readDeployment(id);
      return found === null ? null : toDeployment(found);
    });
    this.#flows = new SharedReads(clock, FLOW_KEPT_MS, async (id) => {
      const found = await api.readFlow(id);
      return found === null ? null : toFlow(found);
    });
  }

  get prefectVersion(): string {
    return this.#serverVersion ?? PREFECT_VERSION;
  }

  get condition(): ControlPlaneCondition {
    const { rest, api } = this.parts;
    const { problem } = rest.condition;
    return { problems: problem === null ? [] : [problem], passedOver: api.passedOver };
  }

  get workerId(): string | null {
    return this.#session?.workerId ?? null;
  }

  /** Reads the pool with a name, before or after the worker is connected. Null: it does not exist. */
  async readWorkPool(name: string, signal?: AbortSignal): Promise<WorkPool | null> {
    const pool = await this.parts.api.readWorkPool(name, signal);
    return pool === null ? null : toWorkPool(pool);
  }

  /** Returns up to 200 unclaimed runs of a pool that were due before a time (milliseconds since the epoch). */
  readLate(workPoolName: string, beforeMs: number): Promise<readonly FlowRun[]> {
    return readLateRuns(this.parts.api, workPoolName, beforeMs);
  }

  /**
   * Reads the deployment `<flow>/<deployment>`, before or after the worker is connected. Null: it does not exist.
   */
  async findDeployment(name: string): Promise<Deployment | null> {
    const found = await this.parts.api.readDeploymentByName(name);
    return found === null ? null : toDeployment(found);
  }

  /** Reads the server's version for {@link prefectVersion}, if no worker is connected. Null: unknown, or Prefect Cloud. */
  async readServerVersion(): Promise<string | null> {
    this.#serverVersion ??= await checkServerVersion(this.parts);
    return this.parts.connection.isCloud ? null : this.#serverVersion;
  }

  get leaseMs(): number {
    return this.#session?.leaseMs ?? this.#timesOf(Number.POSITIVE_INFINITY).leaseMs;
  }

  /**
   * Starts to connect, while the plugin is loaded. {@link open} uses the connection if it follows within five seconds, for the same
   * pool and name; failures are reported there.
   */
  prepare(post: Post): void {
    this.parts.caller.workerName = post.name;
    this.#early = new EarlyStart(this.parts, post);
  }

  async open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void> {
    const { parts } = this;
    await this.#session?.stop();
    const early = this.#takeEarlyStart(identity);
    const session = new WorkerSession(early === null ? parts : { ...parts, openSocket: early.openSocket }, {
      identity,
      request,
      listener,
      process: this.#process,
      times: this.#timesOf(identity.heartbeatIntervalSeconds),
      consumerId: randomUUID(),
    });
    this.#session = session;
    parts.caller.workerName = identity.name;
    parts.caller.workerId = () => this.workerId;
    try {
      const { version, lastHeartbeat } = await (early?.facts ?? readServerFacts(parts, identity));
      this.#serverVersion = version;
      await session.start(lastHeartbeat);
    } finally {
      early?.close();
    }
  }

  async heartbeat(signal?: AbortSignal): Promise<HeartbeatAnswer> {
    const session = this.#opened();
    const pool = await session.heartbeat(signal);
    this.#serverVersion ??= await checkServerVersion(this.parts);
    const { namesakes } = session.ownership.nameWatch;
    return { workPool: pool === null ? null : toWorkPool(pool), namesakes };
  }

  async getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
    readonly signal?: AbortSignal;
  }): Promise<readonly FlowRun[]> {
    const { identity, ownership } = this.#opened();
    const { workPoolName, workQueueNames } = identity;
    let items: readonly ApiScheduledRun[];
    try {
      items = await this.parts.api.getScheduledFlowRuns(
        workPoolName,
        {
          work_queue_names: workQueueNames,
          scheduled_before: new Date(query.scheduledBeforeMs).toISOString(),
          ...(query.limit === null ? {} : { limit: Math.min(query.limit, MOST_POLLED) }),
        },
        query.signal,
      );
    } catch (error) {
      if (!(error instanceof PrefectNotFoundError)) throw error;
      const log = this.#isPolledInVain ? this.parts.logger.debug : this.parts.logger.warn;
      log.call(this.parts.logger, 'Polling found no work pool or queue', { reason: error.refusal.detail });
      this.#isPolledInVain = true;
      return [];
    }
    this.#isPolledInVain = false;
    // Whoever changes a deployment before a run is due has the run launched with the change.
    this.#deployments.forget();
    return items.map(({ flow_run }) => {
      const flowRun = { ...toFlowRun(flow_run), workPoolName };
      ownership.notePolled(flowRun);
      return flowRun;
    });
  }

  /** A Prefect server limits no resources. */
  async claim(flowRun: FlowRun, { signal }: ClaimOptions = {}): Promise<ClaimAnswer> {
    signal?.throwIfAborted();
    return this.#opened().ownership.claim(flowRun);
  }

  async takeOverInterruptedRuns(query: {
    readonly limit: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly InterruptedRun[]> {
    return this.#opened().ownership.takeOver(query.limit, query.signal);
  }

  async readFlowRun(id: string): Promise<FlowRun | null> {
    const ownership = this.#session?.ownership;
    if (ownership === undefined) return flowRunOrNull(await this.parts.api.readFlowRun(id));
    // Of many runs that end at the same time.
    const sight = await ownership.reads.read(id);
    ownership.note(id, sight);
    return flowRunOrNull(sight.run);
  }

  async readFlowRuns(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, FlowRun>> {
    const { ownership } = this.#opened();
    const atMs = this.parts.clock.monotonicMs();
    const { runs, broken } = await ownership.reads.readAll(ids, signal);
    // An unreadable one must not be mistaken for a deleted one.
    for (const error of broken.values()) throw error;
    for (const id of ids) ownership.note(id, { run: runs.get(id) ?? null, atMs });
    return new Map([...runs].map(([id, run]) => [id, toFlowRun(run)]));
  }

  async ownerOf(flowRun: FlowRun): Promise<'us' | 'another' | 'nobody'> {
    return this.#opened().ownership.ownerOf(flowRun);
  }

  async launchPlaces(signal?: AbortSignal): Promise<readonly LaunchPlace[]> {
    return this.#opened().ownership.launchPlaces(signal);
  }

  readDeployment(id: string): Promise<Deployment | null> {
    return this.#deployments.get(id);
  }

  readFlow(id: string): Promise<Flow | null> {
    return this.#flows.get(id);
  }

  jobEnvironment(_flowRun: FlowRun): Readonly<Record<string, string>> {
    return forwardedSettings(this.parts.settings);
  }

  log(record: LogRecord): void {
    this.parts.logs.log(record);
  }

  emit(event: WorkerEvent): string {
    return this.parts.events.emit(event);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#early?.close();
      await Promise.all([this.#session?.stop(), this.parts.logs.close(), this.parts.events.close()]);
      await this.parts.transport.close();
    })();
    return this.#closing;
  }

  /** Null: nothing was prepared for this worker, or it is too old. */
  #takeEarlyStart(post: Post): EarlyStart | null {
    const early = this.#early;
    this.#early = null;
    if (early?.serves(post)) return early;
    early?.close();
    return null;
  }

  #opened(): WorkerSession {
    if (this.#session === null) throw new OrchestratorNotOpenError();
    return this.#session;
  }
}

function flowRunOrNull(run: ApiFlowRun | null): FlowRun | null {
  return run === null ? null : toFlowRun(run);
}
