import { randomUUID } from 'node:crypto';
import {
  type ClaimAnswer,
  type Clock,
  type Deployment,
  type Flow,
  type FlowRun,
  type InterruptedRun,
  isFinalStateType,
  type JsonObject,
  type Logger,
  type LogRecord,
  type Orchestrator,
  type OrchestratorListener,
  OrchestratorUnavailableError,
  type ReferenceReader,
  type StateAnswer,
  type StateProposal,
  stringifyJson,
  type WorkerEvent,
  type WorkerIdentity,
  type WorkPool,
  type WorkPoolRequest,
} from '@worker-host/core';
import { OrchestratorNotOpenError } from '../orchestrator-not-open-error.js';
import { Claims } from './claims.js';
import { DatabaseLockedError, DiskFullError } from './database-errors.js';
import type { EmbeddedPool } from './embedded-pool.js';
import { toFlow } from './rows.js';
import { RunLogs } from './run-logs.js';
import { whenFree } from './when-free.js';
import { Workers } from './workers.js';

const WATCH_EVERY_MS = 500;

/** The version whose image a job gets that names none. */
const PREFECT_VERSION = '3.8.8';

/** The control plane that needs no server: a SQLite file, used by any number of workers and commands at once. */
export class EmbeddedOrchestrator implements Orchestrator {
  readonly description: string;
  readonly hostReportsStates = true;
  readonly prefectVersion = PREFECT_VERSION;
  readonly workerId = null;
  readonly defaultCommand = null;
  readonly references: ReferenceReader;
  readonly #logs: RunLogs;
  readonly #workers: Workers;
  readonly #claims: Claims;
  readonly #closing = new AbortController();
  #identity: WorkerIdentity | null = null;
  #lastPool: string | null = null;
  #watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: EmbeddedPool,
    private readonly clock: Clock,
    private readonly logger: Logger,
    reason: string,
  ) {
    this.description = `embedded pool at ${pool.database.path} (${reason})`;
    this.#logs = new RunLogs(pool.database, logger);
    this.#workers = new Workers(pool.database, pool.nowMs);
    this.#claims = new Claims(pool.database, pool.pools, pool.runs, this.#workers, pool.nowMs);
    const { secrets, variables } = pool;
    this.references = {
      readBlockDocumentById: async (id) => secrets.findBlock('id', id),
      readBlockDocument: async (typeSlug, name) => (typeSlug === 'secret' ? secrets.findBlock('name', name) : null),
      readVariable: async (name) => variables.find(name),
    };
  }

  async open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void> {
    this.#identity = identity;
    const isNew = await this.#trying('Opening the pool', () =>
      this.pool.database.write(() => this.#makeReady(identity, request)),
    );
    if (isNew) this.logger.info('Made the pool', { pool: identity.workPoolName, type: identity.type });
    await this.sync();
    this.#watching = this.#watch(listener);
  }

  async sync(): Promise<WorkPool | null> {
    return this.#trying('Telling that the worker lives', () => {
      const identity = this.#open();
      const pool = this.pool.pools.find(identity.workPoolName);
      this.#lastPool = JSON.stringify(pool);
      if (!pool) return null;
      this.#workers.beat(pool.id, identity.name, identity.heartbeatIntervalSeconds);
      this.pool.planner.plan();
      return pool;
    });
  }

  async getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
  }): Promise<readonly FlowRun[]> {
    return this.#trying('Looking for runs', () => {
      const { workPoolName, workQueueNames } = this.#open();
      return this.#claims.due(workPoolName, workQueueNames, query.scheduledBeforeMs, query.limit);
    });
  }

  async claim(flowRun: FlowRun): Promise<ClaimAnswer> {
    return this.#trying('Claiming a run', () => this.#claims.claim(flowRun.id));
  }

  async takeOverInterruptedRuns(): Promise<readonly InterruptedRun[]> {
    return this.#trying('Looking for interrupted runs', () => {
      const pool = this.pool.pools.find(this.#open().workPoolName);
      return pool ? this.#claims.takeOver(pool.id) : [];
    });
  }

  async proposeState(flowRunId: string, proposal: StateProposal): Promise<StateAnswer> {
    return this.#trying('Storing a state', () => {
      if (isFinalStateType(proposal.type)) this.#logs.write();
      return this.pool.runs.propose(flowRunId, proposal);
    });
  }

  async readFlowRun(id: string): Promise<FlowRun | null> {
    return this.#trying('Reading a run', () => this.pool.runs.find(id));
  }

  async readDeployment(id: string): Promise<Deployment | null> {
    return this.#trying('Reading a deployment', () => this.pool.deployments.findById(id));
  }

  async readFlow(id: string): Promise<Flow | null> {
    return this.#trying('Reading a flow', () => {
      const deployment = this.pool.deployments.findByFlow(id);
      if (deployment) return toFlow(id, deployment.name);
      const pool = this.pool.pools.list().find((candidate) => candidate.id === id);
      return pool ? toFlow(id, pool.name) : null;
    });
  }

  async storeInfrastructurePid(flowRunId: string, infrastructurePid: string): Promise<void> {
    await this.#trying('Storing the infrastructure of a run', () =>
      this.pool.runs.storeInfrastructurePid(flowRunId, infrastructurePid),
    );
  }

  async labelFlowRun(flowRunId: string, labels: Readonly<Record<string, string>>): Promise<void> {
    await this.#trying('Labelling a run', () => this.pool.runs.addLabels(flowRunId, labels));
  }

  async storeResult(flowRunId: string, result: JsonObject): Promise<void> {
    await this.#trying('Storing the result of a run', () => this.pool.runs.storeResult(flowRunId, result));
  }

  jobEnvironment(flowRun: FlowRun): Readonly<Record<string, string>> {
    const hasParameters = Object.keys(flowRun.parameters).length > 0;
    return {
      WORKER_HOST_FLOW_RUN_ID: flowRun.id,
      ...(hasParameters ? { WORKER_HOST_PARAMETERS: stringifyJson(flowRun.parameters) } : {}),
    };
  }

  log(record: LogRecord): void {
    this.#logs.add(record);
  }

  /** Events have no reader here; they are given an id and let go. */
  emit(event: WorkerEvent): string {
    return event.id ?? randomUUID();
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error('The embedded pool was closed'));
    await this.#watching;
    this.#logs.flush();
    try {
      this.#workers.leave();
    } catch (error) {
      this.logger.warn('The worker could not say goodbye; its runs are taken over when it is seen to be gone', {
        error,
      });
    }
    this.pool.close();
  }

  /** Tells of cancellations, of changes of the pool and of new work, soon after another process has written them. */
  async #watch(listener: OrchestratorListener): Promise<void> {
    const { signal } = this.#closing;
    let seen = -1;
    let isFailing = false;
    while (!signal.aborted) {
      try {
        const version = this.pool.database.dataVersion();
        if (version !== seen) {
          seen = version;
          this.#tell(listener);
        }
        isFailing = false;
      } catch (error) {
        if (!isFailing) this.logger.warn('The database cannot be watched now; it is tried again', { error });
        isFailing = true;
      }
      await this.clock.sleep(WATCH_EVERY_MS, signal).catch(() => undefined);
    }
  }

  /**
   * Within one write, so that of workers that begin together one makes the pool and the others find it.
   *
   * @returns whether the pool was made.
   */
  #makeReady({ workPoolName: name, type, workQueueNames }: WorkerIdentity, request: WorkPoolRequest): boolean {
    const { pools } = this.pool;
    const found = pools.find(name);
    if (!found && request.createIfNotFound) {
      pools.create({ name, type, baseJobTemplate: request.defaultBaseJobTemplate });
    } else if (found && Object.keys(found.baseJobTemplate).length === 0) {
      pools.update(name, { baseJobTemplate: request.defaultBaseJobTemplate });
    }
    for (const queue of workQueueNames) if (pools.find(name)) pools.queueId(name, queue);
    return !found && request.createIfNotFound;
  }

  #tell(listener: OrchestratorListener): void {
    for (const flowRunId of this.#claims.cancelling()) listener.onCancelling(flowRunId);
    const pool = this.pool.pools.find(this.#open().workPoolName);
    const text = JSON.stringify(pool);
    if (text !== this.#lastPool) {
      this.#lastPool = text;
      listener.onWorkPool(pool);
    }
    listener.onWorkAvailable?.();
  }

  #open(): WorkerIdentity {
    if (!this.#identity) throw new OrchestratorNotOpenError();
    return this.#identity;
  }

  async #trying<T>(what: string, act: () => T): Promise<T> {
    try {
      return await whenFree(this.clock, act);
    } catch (error) {
      if (!(error instanceof DatabaseLockedError) && !(error instanceof DiskFullError)) throw error;
      throw new OrchestratorUnavailableError(what, this.pool.database.path, { cause: error });
    }
  }
}
