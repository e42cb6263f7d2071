import { randomUUID } from 'node:crypto';
import {
  type ClaimAnswer,
  type Deployment,
  type Flow,
  type FlowRun,
  type InterruptedRun,
  type JsonObject,
  type LogRecord,
  type Orchestrator,
  type OrchestratorListener,
  OrchestratorUnavailableError,
  type ReferenceReader,
  type StateAnswer,
  type StateProposal,
  type WorkerEvent,
  type WorkerIdentity,
  type WorkPool,
  type WorkPoolRequest,
} from '@worker-host/core';
import { OrchestratorNotOpenError } from '../orchestrator-not-open-error.js';
import type { ApiScheduledRun } from './api/api-types.js';
import { toDeployment, toFlow, toFlowRun, toWorkPool } from './api/nouns-from-api.js';
import { PREFECT_VERSION } from './connection.js';
import { Claims } from './orchestration/claim.js';
import { takeOverRuns } from './orchestration/interrupted-runs.js';
import { PrefectReferences } from './orchestration/prefect-references.js';
import { RunsInHand } from './orchestration/runs-in-hand.js';
import { checkServerVersion } from './orchestration/server-version.js';
import { leaseOf, stateAnswer, stateBody } from './orchestration/state-proposal.js';
import type { PrefectParts } from './prefect-parts.js';
import { PrefectNotFoundError } from './rest/rest-errors.js';
import { forwardedSettings } from './settings/forwarded-settings.js';
import { SharedReads } from './shared-reads.js';
import { WorkerSession } from './worker-session.js';

const FLOW_KEPT_MS = 10 * 60_000;
const MOST_POLLED = 200;
/** After a look that found nobody else's run alive: an idle worker makes few requests. */
const LOOK_AGAIN_MS = 130_000;

/** The control plane is a Prefect server or Prefect Cloud. */
export class PrefectOrchestrator implements Orchestrator {
  readonly hostReportsStates = false;
  readonly defaultCommand = 'prefect flow-run execute';
  readonly references: ReferenceReader;
  readonly description: string;
  readonly #claims: Claims;
  readonly #inHand: RunsInHand;
  readonly #deployments: SharedReads<Deployment | null>;
  readonly #flows: SharedReads<Flow | null>;
  #serverVersion: string | null = null;
  #nothingLeftUntilMs = Number.NEGATIVE_INFINITY;
  /** The server knows no such pool or queue, and that was said. */
  #isPolledInVain = false;
  #session: WorkerSession | null = null;
  #closing: Promise<void> | null = null;

  constructor(private readonly parts: PrefectParts) {
    const { api, clock, connection } = parts;
    this.description = `${connection.isCloud ? 'Prefect Cloud' : 'Prefect server'} at ${connection.apiUrl} (${connection.source})`;
    this.references = new PrefectReferences(api);
    this.#claims = new Claims(api, clock);
    this.#inHand = new RunsInHand(clock);
    this.#deployments = new SharedReads(clock, 0, async (id) => {
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

  get workerId(): string | null {
    return this.#session?.workerId ?? null;
  }

  /** The pool of that name, before or after the worker is connected. Null: there is none. */
  async readWorkPool(name: string, signal?: AbortSignal): Promise<WorkPool | null> {
    const pool = await this.parts.api.readWorkPool(name, signal);
    return pool === null ? null : toWorkPool(pool);
  }

  async open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void> {
    const { parts } = this;
    this.#session = new WorkerSession(parts, this.#inHand, identity, request, listener, randomUUID());
    parts.caller.workerName = identity.name;
    parts.caller.workerId = () => this.workerId;
    const [version] = await Promise.all([checkServerVersion(parts), this.#session.start()]);
    this.#serverVersion = version;
  }

  async sync(signal?: AbortSignal): Promise<WorkPool | null> {
    const pool = await this.#opened().sync(signal);
    this.#serverVersion ??= await checkServerVersion(this.parts);
    return pool === null ? null : toWorkPool(pool);
  }

  async getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
    readonly signal?: AbortSignal;
  }): Promise<readonly FlowRun[]> {
    const { workPoolName, workQueueNames } = this.#opened().identity;
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
      log.call(this.parts.logger, 'The server gives no runs', { reason: error.refusal.detail });
      this.#isPolledInVain = true;
      return [];
    }
    this.#isPolledInVain = false;
    return items.map(({ flow_run }) => {
      const flowRun = { ...toFlowRun(flow_run), workPoolName };
      this.#claims.notePolled(flowRun);
      return flowRun;
    });
  }

  async claim(flowRun: FlowRun): Promise<ClaimAnswer> {
    const answer = await this.#claims.claim(flowRun).catch((error: unknown) => {
      if (this.#claims.isUnanswered(flowRun.id)) this.#nothingLeftUntilMs = Number.NEGATIVE_INFINITY;
      throw error;
    });
    const { state } = answer;
    if (answer.status !== 'ACCEPT' || answer.state.type !== 'PENDING') {
      const reason = 'reason' in answer ? answer.reason : 'another state was put in place of Pending';
      return { claimed: false, reason: state === null ? reason : `${reason} [state=${state.name}]` };
    }
    this.#inHand.add(flowRun.id, leaseOf(answer.state.stateDetails));
    const startedAtMs = Date.parse(answer.state.timestamp);
    return { claimed: true, attempt: { flowRunId: flowRun.id, id: answer.state.id, startedAtMs } };
  }

  async takeOverInterruptedRuns(signal?: AbortSignal): Promise<readonly InterruptedRun[]> {
    const { api, clock, logger, rest } = this.parts;
    if (clock.monotonicMs() < this.#nothingLeftUntilMs) return [];
    const { taken, isQuiet } = await takeOverRuns(
      {
        api,
        clock,
        logger,
        identity: this.#opened().identity,
        serverNowMs: () => rest.serverNowMs(),
        inHand: this.#inHand,
        isClaimed: (run) => this.#claims.isOurs(run),
      },
      signal,
    );
    this.#nothingLeftUntilMs = isQuiet ? clock.monotonicMs() + LOOK_AGAIN_MS : Number.NEGATIVE_INFINITY;
    for (const { flowRun } of taken) {
      this.#inHand.add(flowRun.id, flowRun.state === null ? null : leaseOf(flowRun.state.stateDetails));
    }
    return taken;
  }

  async proposeState(flowRunId: string, proposal: StateProposal): Promise<StateAnswer> {
    if (proposal.isOptional && this.#claims.isBusy) {
      return { status: 'ABORT', state: null, reason: 'left out while many runs wait to be claimed' };
    }
    const body = stateBody(flowRunId, proposal, this.#inHand.leaseOf(flowRunId));
    try {
      const result = await this.parts.api.setFlowRunState(flowRunId, body, proposal.force ?? false);
      const answer = stateAnswer(result, body.state_details.transition_id);
      this.#note(flowRunId, answer);
      return answer;
    } catch (error) {
      this.#doubt(flowRunId, error);
      if (!(error instanceof PrefectNotFoundError)) throw error;
      return { status: 'ABORT', state: null, reason: 'the run was deleted' };
    }
  }

  async readFlowRun(id: string): Promise<FlowRun | null> {
    try {
      const run = await this.parts.api.readFlowRun(id);
      return run === null ? null : toFlowRun(run);
    } catch (error) {
      this.#doubt(id, error);
      throw error;
    }
  }

  readDeployment(id: string): Promise<Deployment | null> {
    return this.#deployments.get(id);
  }

  readFlow(id: string): Promise<Flow | null> {
    return this.#flows.get(id);
  }

  storeInfrastructurePid(flowRunId: string, infrastructurePid: string): Promise<void> {
    return this.parts.api.updateFlowRun(flowRunId, { infrastructure_pid: infrastructurePid });
  }

  labelFlowRun(flowRunId: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const texts = Object.entries(labels).filter(([, value]) => typeof value === 'string');
    return this.parts.api.updateFlowRunLabels(flowRunId, Object.fromEntries(texts));
  }

  /** Prefect has no place for them; the run's log has the diagnosis. */
  async storeResult(_flowRunId: string, _result: JsonObject): Promise<void> {}

  jobEnvironment(_flowRun: FlowRun): Readonly<Record<string, string>> {
    return forwardedSettings(this.parts.settings);
  }

  letGo(flowRunId: string): void {
    this.#inHand.letGo(flowRunId);
  }

  log(record: LogRecord): void {
    this.parts.logs.log(record);
  }

  emit(event: WorkerEvent): string {
    return this.parts.events.emit(event);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.all([this.parts.logs.close(), this.parts.events.close()]);
      await this.#session?.stop();
      await this.parts.transport.close();
    })();
    return this.#closing;
  }

  /** A refusal may make the host let go of the run: it is then to be found by the next look for runs left behind. */
  #doubt(flowRunId: string, error: unknown): void {
    if (error instanceof OrchestratorUnavailableError || !this.#inHand.has(flowRunId)) return;
    this.#inHand.remove(flowRunId);
    this.#nothingLeftUntilMs = Number.NEGATIVE_INFINITY;
  }

  #note(flowRunId: string, answer: StateAnswer): void {
    if (answer.status !== 'ACCEPT') return;
    if (['PENDING', 'RUNNING'].includes(answer.state.type)) {
      this.#inHand.add(flowRunId, leaseOf(answer.state.stateDetails));
    } else if (answer.state.type !== 'CANCELLING') {
      this.#inHand.remove(flowRunId);
    }
  }

  #opened(): WorkerSession {
    if (this.#session === null) throw new OrchestratorNotOpenError();
    return this.#session;
  }
}
