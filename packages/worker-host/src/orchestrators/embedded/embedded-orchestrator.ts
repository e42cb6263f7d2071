import { randomUUID } from 'node:crypto';
import {
  type ClaimAnswer,
  type ClaimOptions,
  type Clock,
  type Deployment,
  type Flow,
  type FlowRun,
  type HeartbeatAnswer,
  type InterruptedRun,
  type LaunchPlace,
  type Logger,
  type LogRecord,
  type Orchestrator,
  type OrchestratorListener,
  PREFECT_VERSION,
  type ReferenceReader,
  type WorkerEvent,
  type WorkerIdentity,
  WorkerNameInUseError,
  type WorkPool,
  type WorkPoolRequest,
} from '@worker-host/core';
import { OrchestratorNotOpenError } from '../orchestrator-not-open-error.js';
import { DatabaseAccess } from './database/database-access.js';
import { toFlow } from './database/rows.js';
import type { watchFile } from './database/watch-file.js';
import type { EmbeddedPool } from './embedded-pool.js';
import { Claims, type TakenRun } from './leases/claims.js';
import { EmbeddedLease, type LeaseTools } from './leases/embedded-lease.js';
import { HeldLeases } from './leases/held-leases.js';
import { LeaseStates } from './leases/lease-states.js';
import { type Granted, Ownership } from './leases/ownership.js';
import { leaseMsOf, Workers } from './leases/workers.js';
import { PoolWatcher } from './pool-watcher.js';
import { jobEnvironmentOf } from './runs/job-environment.js';
import { LaunchRequests } from './runs/launch-requests.js';
import { RunLogs } from './runs/run-logs.js';
import { storedReferences } from './variables-and-secrets/stored-references.js';

/** The control plane without a server: a SQLite file, shared by any number of workers and commands. */
export class EmbeddedOrchestrator implements Orchestrator {
  readonly description: string;
  readonly hostReportsStates = true;
  /** The version of the default image. */
  readonly prefectVersion = PREFECT_VERSION;
  /** An unusable database makes the loops that use it fail, and they report it. */
  readonly condition = { problems: [], passedOver: [] };
  readonly workerId = null;
  readonly defaultCommand = null;
  readonly references: ReferenceReader;
  readonly #access: DatabaseAccess;
  readonly #logs: RunLogs;
  readonly #workers: Workers;
  readonly #held = new HeldLeases();
  readonly #claims: Claims;
  readonly #watcher: PoolWatcher;
  readonly #leaseTools: LeaseTools;
  #identity: WorkerIdentity | null = null;
  #leasesUntilMs = Number.NEGATIVE_INFINITY;
  #isPlanningFailing = false;
  #isClosed = false;

  constructor(
    private readonly pool: EmbeddedPool,
    private readonly clock: Clock,
    private readonly logger: Logger,
    reason: string,
    workers: Workers = new Workers(pool.database, pool.nowMs),
    /** Notifies of writes to a file; without it they are detected only by polling. */
    watch: typeof watchFile = () => () => {},
  ) {
    const { database, pools, runs, limits, nowMs, secrets, variables } = pool;
    this.description = `embedded pool at ${database.path} (${reason})`;
    this.#access = new DatabaseAccess(database, clock);
    this.#logs = new RunLogs(database, logger, clock);
    this.#workers = workers;
    this.#claims = new Claims(database, pools, runs, limits, workers, nowMs, (id, token) =>
      this.#held.isHeld(id, token),
    );
    const watched = {
      upkeep: () => pool.upkeep.apply(),
      cancelling: () => this.#inPool(({ id }) => this.#claims.cancelling(id), []),
      workPool: () => pools.find(this.#open().workPoolName),
    };
    const watchLog = (onChange: () => void) => watch(`${database.path}-wal`, onChange);
    this.#watcher = new PoolWatcher(database, watched, clock, logger, watchLog);
    const ownership = new Ownership(database);
    const states = new LeaseStates(runs, pool.ends, ownership);
    const requests = new LaunchRequests(database);
    const shared = { access: this.#access, runs, states, requests, ownership, logs: this.#logs, held: this.#held };
    this.#leaseTools = { ...shared, logger, nowMs, beat: () => this.#beat(this.clock.monotonicMs()) };
    this.references = storedReferences(variables, secrets);
  }

  get leaseMs(): number {
    return leaseMsOf(this.#identity?.heartbeatIntervalSeconds);
  }

  async open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void> {
    const isNew = await this.#access.call('Opening the pool', () =>
      this.pool.database.write(() => this.#makeReady(identity, request)),
    );
    if (isNew) this.logger.info('Made the pool', { pool: identity.workPoolName, type: identity.type });
    this.#watcher.start(listener);
  }

  async heartbeat(signal?: AbortSignal): Promise<HeartbeatAnswer> {
    const beganAtMs = this.clock.monotonicMs();
    const beat = (): HeartbeatAnswer => {
      const { name, workPoolName } = this.#open();
      this.#held.storeReleases();
      const workPool = this.pool.pools.find(workPoolName);
      this.#watcher.notePool(workPool);
      if (workPool === null) return { workPool, namesakes: [] };
      this.#held.extend(this.#beat(beganAtMs));
      return { workPool, namesakes: this.#workers.namesakes(workPool.id, name) };
    };
    const answer = await this.#access.call('Sending the heartbeat', beat, signal);
    this.#plan();
    return answer;
  }

  async getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
    readonly signal?: AbortSignal;
  }): Promise<readonly FlowRun[]> {
    const { workPoolName, workQueueNames } = this.#open();
    const due = (): readonly FlowRun[] => {
      this.pool.database.assertPresent();
      if (this.pool.upkeep.apply()) this.#watcher.lookAgain();
      return this.pool.due.list(workPoolName, workQueueNames, query.scheduledBeforeMs, query.limit);
    };
    return await this.#access.call('Polling for runs', due, query.signal);
  }

  async claim(flowRun: FlowRun, { resources = null, signal }: ClaimOptions = {}): Promise<ClaimAnswer> {
    this.#open();
    const { granted, refusal } = await this.#access.writeBatched(
      'Claiming a run',
      this.#claims.claiming,
      { flowRunId: flowRun.id, resources },
      signal,
    );
    return granted === null ? { claimed: false, reason: refusal } : { claimed: true, lease: this.#lease(granted) };
  }

  async takeOverInterruptedRuns(query: {
    readonly limit: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly InterruptedRun[]> {
    const takeOver = (): readonly TakenRun[] => {
      this.#held.storeReleases();
      const taken = this.#inPool(({ id }) => this.#claims.takeOver(id, query.limit), []);
      // Afterwards, so that a run whose lease was lost is offered with the next call, once the host has noticed.
      this.#held.noteTokens(this.#claims.tokensOf(this.#held.ids()));
      return taken;
    };
    const taken = await this.#access.call('Taking over interrupted runs', takeOver, query.signal);
    return taken.map(({ flowRun, granted }) => {
      const { launch, outputCursor, deaths } = granted;
      const { infrastructurePid } = flowRun;
      return { lease: this.#lease(granted), flowRun, infrastructurePid, launch, outputCursor, deaths };
    });
  }

  async readFlowRun(id: string): Promise<FlowRun | null> {
    return await this.#access.call('Reading a run', () => this.pool.runs.find(id));
  }

  async readFlowRuns(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, FlowRun>> {
    const runs = await this.#access.call('Reading runs', () => this.pool.runs.findAll(ids), signal);
    return new Map(runs.map((run) => [run.id, run]));
  }

  async ownerOf({ id }: FlowRun): Promise<'us' | 'another' | 'nobody'> {
    return await this.#access.call('Reading the owner of a run', () => this.#claims.ownerOf(id));
  }

  async launchPlaces(signal?: AbortSignal): Promise<readonly LaunchPlace[]> {
    const places = () => this.#inPool(({ id }) => this.#leaseTools.ownership.places(id), []);
    return await this.#access.call('Reading the launch places', places, signal);
  }

  async readDeployment(id: string): Promise<Deployment | null> {
    return await this.#access.call('Reading a deployment', () => this.pool.deployments.findById(id));
  }

  async readFlow(id: string): Promise<Flow | null> {
    return await this.#access.call('Reading a flow', () => {
      const deployment = this.pool.deployments.findByFlow(id);
      if (deployment) return toFlow(id, deployment.name);
      const pool = this.pool.pools.list().find((candidate) => candidate.id === id);
      return pool ? toFlow(id, pool.name) : null;
    });
  }

  jobEnvironment(flowRun: FlowRun): Readonly<Record<string, string>> {
    return jobEnvironmentOf(flowRun);
  }

  log(record: LogRecord): void {
    this.#logs.add(record);
  }

  /** Events have no reader here; they get an id and are dropped. */
  emit(event: WorkerEvent): string {
    return event.id ?? randomUUID();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#watcher.stop();
    this.#logs.flush();
    try {
      this.#held.storeReleases();
      this.#workers.leave();
    } catch (error) {
      this.logger.warn(
        'Deregistering the worker failed; its runs are taken over when its process is gone or its leases expire',
        { error },
      );
    }
    this.pool.close();
  }

  /**
   * In one write, so that of workers that start simultaneously one creates the pool and the others find it, and of two with the
   * same name one is refused.
   *
   * @returns whether the pool was created.
   */
  #makeReady(identity: WorkerIdentity, request: WorkPoolRequest): boolean {
    const { pools } = this.pool;
    const { name, type, workPoolName, workQueueNames } = identity;
    const found = pools.find(workPoolName);
    if (!found && request.createIfNotFound) {
      pools.create({ name: workPoolName, type, baseJobTemplate: request.defaultBaseJobTemplate });
    } else if (found && Object.keys(found.baseJobTemplate).length === 0) {
      pools.update(workPoolName, { baseJobTemplate: request.defaultBaseJobTemplate });
    }
    const pool = pools.find(workPoolName);
    if (pool !== null) {
      for (const queue of workQueueNames) pools.queueId(workPoolName, queue);
      const [namesake] = this.#workers.namesakes(pool.id, name);
      if (namesake !== undefined) throw new WorkerNameInUseError(name, namesake);
    }
    this.#identity = identity;
    if (pool !== null) this.#beat(this.clock.monotonicMs());
    this.#watcher.notePool(pool);
    return !found && request.createIfNotFound;
  }

  /** Stores a heartbeat; returns when leases that start now expire. */
  #beat(beganAtMs: number): number {
    this.#inPool(({ id }) => {
      const { name, heartbeatIntervalSeconds, workQueueNames, limit } = this.#open();
      this.pool.database.write(() => {
        this.pool.missed.serve(id);
        this.#workers.beat(id, name, heartbeatIntervalSeconds, { workQueueNames, limit });
      });
      this.#leasesUntilMs = Math.max(this.#leasesUntilMs, beganAtMs + this.leaseMs);
    }, undefined);
    return this.#leasesUntilMs;
  }

  /** Plans schedules and prunes ended runs. A failure never fails the heartbeat that triggers it. */
  #plan(): void {
    try {
      for (const { deploymentName, error } of this.pool.planner.plan())
        this.logger.error(`Planning a schedule of deployment '${deploymentName}' failed; it creates no runs`, {
          error,
        });
      this.pool.pruning.tick();
      this.#isPlanningFailing = false;
    } catch (error) {
      if (!this.#isPlanningFailing)
        this.logger.warn('Planning schedules and pruning runs failed; retrying with each heartbeat', { error });
      this.#isPlanningFailing = true;
    }
  }

  #lease(granted: Granted): EmbeddedLease {
    const lease = new EmbeddedLease(granted, this.#leaseTools, this.#leasesUntilMs);
    this.#held.add(lease);
    return lease;
  }

  #inPool<T>(act: (pool: WorkPool) => T, without: T): T {
    const pool = this.pool.pools.find(this.#open().workPoolName);
    return pool === null ? without : act(pool);
  }

  #open(): WorkerIdentity {
    if (!this.#identity) throw new OrchestratorNotOpenError();
    return this.#identity;
  }
}
