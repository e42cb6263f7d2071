import type { Clock, JsonObject, Logger } from '@worker-host/core';
import type { RestClient } from '../rest/rest-client.js';
import { PrefectNotFoundError } from '../rest/rest-errors.js';
import { isDeployment, isList, isOrchestrationResult, isState, isWorker, isWorkPool } from './api-shapes.js';
import type {
  ApiBlockDocument,
  ApiDeployment,
  ApiFlow,
  ApiFlowRun,
  ApiFlowRunFilter,
  ApiFlowRunPage,
  ApiLogCreate,
  ApiOrchestrationResult,
  ApiScheduledRun,
  ApiState,
  ApiStateCreate,
  ApiVariable,
  ApiWorker,
  ApiWorkPool,
} from './api-types.js';
import { BulkStates } from './bulk-states.js';
import { FlowRunRows } from './flow-run-rows.js';
import { ListReader } from './list-reader.js';
import { PoisonedRuns } from './poisoned-runs.js';
import { UnreadableRecords } from './unreadable-records.js';
import { VariableStore } from './variable-store.js';

/** A page of a list. */
export interface ApiPage<Item> {
  readonly items: readonly Item[];
  /** False: this is the last page. */
  readonly hasMore: boolean;
}

export interface PrefectApiDependencies {
  readonly rest: RestClient;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  /** False: states of several runs are not set in one request. Default: true, unless the server does not support it. */
  readonly setsStatesInBulk?: boolean;
}

/** The endpoints that a worker uses, each as a method. Null: the server does not know the object. */
export class PrefectApi {
  readonly variables: VariableStore;
  readonly #lists: ListReader;
  readonly #poisoned: PoisonedRuns;
  readonly #records: UnreadableRecords;
  readonly #flowRuns: FlowRunRows;
  /** One state for several runs. */
  readonly bulkStates: BulkStates;
  private readonly rest: RestClient;

  constructor({ rest, clock, logger, setsStatesInBulk = true }: PrefectApiDependencies) {
    this.rest = rest;
    const readStates = (id: string, signal?: AbortSignal) => this.readFlowRunStates(id, signal);
    this.#lists = new ListReader(rest);
    this.bulkStates = new BulkStates(rest, clock, setsStatesInBulk);
    this.variables = new VariableStore(rest, this.#lists);
    this.#poisoned = new PoisonedRuns({ lists: this.#lists, clock, logger, readStates });
    this.#records = new UnreadableRecords({ rest, clock, logger });
    this.#flowRuns = new FlowRunRows({
      rest,
      lists: this.#lists,
      poisoned: this.#poisoned,
      records: this.#records,
      readStates,
    });
  }

  /** Records that the server cannot read and the worker skips, one line each, for people. */
  get passedOver(): readonly string[] {
    return [...this.#poisoned.lines, ...this.#records.lines];
  }

  /** The server's version. Example: `3.8.8`. */
  async readServerVersion(signal?: AbortSignal): Promise<string> {
    return String(await this.rest.call({ path: '/admin/version', what: 'Reading the server version', signal }));
  }

  async readWorkPool(name: string, signal?: AbortSignal): Promise<ApiWorkPool | null> {
    const call = { path: poolPath(name), what: 'Reading the work pool', signal, accepts: isWorkPool };
    return (await this.rest.callOrNull(call)) as ApiWorkPool | null;
  }

  async createWorkPool(pool: { name: string; type: string; base_job_template?: JsonObject }): Promise<ApiWorkPool> {
    const made = { method: 'POST', path: '/work_pools/', body: pool } as const;
    const call = { ...made, what: 'Creating the work pool', accepts: isWorkPool };
    return (await this.rest.call(call)) as ApiWorkPool;
  }

  async updateWorkPool(name: string, changes: { base_job_template?: JsonObject }): Promise<void> {
    await this.rest.call({ method: 'PATCH', path: poolPath(name), body: changes, what: 'Updating the work pool' });
  }

  /** The worker's id, if the server returns it (Prefect Cloud, on request). */
  async sendHeartbeat(
    pool: string,
    heartbeat: { name: string; heartbeat_interval_seconds: number; metadata?: JsonObject; return_id?: boolean },
    signal?: AbortSignal,
  ): Promise<string | null> {
    const answer = await this.rest.call({
      method: 'POST',
      path: `${poolPath(pool)}/workers/heartbeat`,
      body: heartbeat,
      what: 'Sending a heartbeat',
      signal,
    });
    return typeof answer === 'string' ? answer : null;
  }

  /**
   * Returns workers that have sent a heartbeat since a time (server's milliseconds), alive or not; none if the server does not
   * know the pool.
   */
  async listWorkers(pool: string, sinceMs: number, signal?: AbortSignal): Promise<readonly ApiWorker[]> {
    const filter = { workers: { last_heartbeat_time: { after_: new Date(sinceMs).toISOString() } } };
    try {
      const path = `${poolPath(pool)}/workers/filter`;
      const list = { path, filter, what: 'Listing the workers', signal, isRow: isWorker };
      return await this.#lists.readAll<ApiWorker>(list);
    } catch (error) {
      if (error instanceof PrefectNotFoundError) return [];
      throw error;
    }
  }

  /**
   * Returns runs due before the given time.
   *
   * @throws PrefectNotFoundError for an unknown pool or queue
   */
  async getScheduledFlowRuns(
    pool: string,
    query: { work_queue_names: readonly string[]; scheduled_before: string; limit?: number },
    signal?: AbortSignal,
  ): Promise<readonly ApiScheduledRun[]> {
    return this.#flowRuns.scheduled(pool, query, signal);
  }

  async setFlowRunState(id: string, state: ApiStateCreate, force: boolean): Promise<ApiOrchestrationResult> {
    const answer = await this.rest.call({
      method: 'POST',
      path: `/flow_runs/${id}/set_state`,
      body: { state, force },
      what: `Proposing state ${state.name}`,
      isFaultHandled: true,
      accepts: isOrchestrationResult,
    });
    const { status, state: now, details } = answer as ApiOrchestrationResult;
    return { status, state: now ?? null, details: details ?? {} };
  }

  async readFlowRun(id: string, signal?: AbortSignal): Promise<ApiFlowRun | null> {
    return this.#flowRuns.read(id, signal);
  }

  /** Oldest first. */
  async readFlowRunStates(id: string, signal?: AbortSignal): Promise<readonly ApiState[]> {
    const path = `/flow_run_states/?flow_run_id=${encodeURIComponent(id)}`;
    const call = { path, what: 'Reading the states of a run', signal, accepts: isStates };
    return (await this.rest.call(call)) as readonly ApiState[];
  }

  async listFlowRuns(filter: ApiFlowRunFilter, signal?: AbortSignal): Promise<readonly ApiFlowRun[]> {
    return this.#flowRuns.listAll(filter, signal);
  }

  /** A run that the server cannot read is omitted. */
  async listFlowRunPage(
    filter: ApiFlowRunFilter,
    page: ApiFlowRunPage,
    signal?: AbortSignal,
  ): Promise<ApiPage<ApiFlowRun>> {
    const items = await this.#flowRuns.list(filter, page, signal);
    return { items, hasMore: items.length >= page.limit };
  }

  async updateFlowRun(id: string, changes: { infrastructure_pid: string }): Promise<void> {
    await this.rest.call({
      method: 'PATCH',
      path: `/flow_runs/${id}`,
      body: changes,
      what: 'Storing the infrastructure id',
      isDeferrable: true,
    });
  }

  /** @param isUrgent true: a launch or a take-over waits for it */
  async updateFlowRunLabels(
    id: string,
    labels: Readonly<Record<string, string>>,
    isUrgent: boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const path = `/flow_runs/${id}/labels`;
    const what = 'Labelling the flow run';
    await this.rest.call({ method: 'PATCH', path, body: labels, what, isDeferrable: !isUrgent, signal });
  }

  /** @throws PrefectRecordUnreadableError if the server works and cannot read this deployment */
  async readDeployment(id: string): Promise<ApiDeployment | null> {
    return (await this.#records.read('deployment', id)) as ApiDeployment | null;
  }

  /** @param name `<flow>/<deployment>` */
  async readDeploymentByName(name: string): Promise<ApiDeployment | null> {
    const [flow = '', ...deployment] = name.split('/');
    const path = `/deployments/name/${encodeURIComponent(flow)}/${encodeURIComponent(deployment.join('/'))}`;
    const call = { path, what: 'Reading the deployment', accepts: isDeployment };
    return (await this.rest.callOrNull(call)) as ApiDeployment | null;
  }

  /** @throws PrefectRecordUnreadableError if the server works and cannot read this flow */
  async readFlow(id: string): Promise<ApiFlow | null> {
    return (await this.#records.read('flow', id)) as ApiFlow | null;
  }

  /** @throws PrefectRecordUnreadableError if the server works and cannot read this block document */
  async readBlockDocumentById(id: string): Promise<ApiBlockDocument | null> {
    return (await this.#records.read('block document', id)) as ApiBlockDocument | null;
  }

  /** @throws PrefectRecordUnreadableError if the server works and cannot read this block document */
  async readBlockDocument(typeSlug: string, name: string): Promise<ApiBlockDocument | null> {
    return (await this.#records.read('block document', `${typeSlug}/${name}`)) as ApiBlockDocument | null;
  }

  /** @throws PrefectRecordUnreadableError if the server works and cannot read this variable */
  async readVariable(name: string): Promise<ApiVariable | null> {
    return (await this.#records.read('variable', name)) as ApiVariable | null;
  }

  /** Excludes the run from polls until a record that the server could not read can be read again. */
  passOver(flowRunId: string): void {
    this.#records.hold(flowRunId);
  }

  async createLogs(logs: readonly ApiLogCreate[], signal?: AbortSignal): Promise<void> {
    await this.rest.call({
      method: 'POST',
      path: '/logs/',
      body: logs,
      bucket: 'logs and events',
      what: 'Sending logs',
      isDeferrable: true,
      signal,
    });
  }

  /** @throws PrefectRefusedError if one of them is malformed */
  async createEvents(events: readonly JsonObject[], signal?: AbortSignal): Promise<void> {
    await this.rest.call({
      method: 'POST',
      path: '/events',
      body: events,
      bucket: 'logs and events',
      what: 'Sending events',
      signal,
    });
  }
}

/** Validates the history of a run: with an unknown state, its attempt would be wrong. */
function isStates(value: unknown): value is readonly ApiState[] {
  return isList(value) && value.every(isState);
}

function poolPath(name: string): string {
  return `/work_pools/${encodeURIComponent(name)}`;
}
