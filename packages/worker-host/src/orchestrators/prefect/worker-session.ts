import {
  isWorkerError,
  type JsonObject,
  type OrchestratorListener,
  OrchestratorUnavailableError,
  type WorkerIdentity,
  type WorkPoolRequest,
} from '@worker-host/core';
import type { ApiWorkPool } from './api/api-types.js';
import { toWorkPool } from './api/nouns-from-api.js';
import {
  CHANNEL_VERSION,
  CLEANUP_CAPABILITY,
  type CleanupMessage,
  type Hello,
  REQUIRED_CAPABILITIES,
} from './channel/channel-frames.js';
import {
  CANCELLING_TIMEOUT,
  CleanupExecutor,
  MAX_CLEANUP_CONCURRENCY,
  REQUESTED_CLEANUP_KINDS,
} from './channel/cleanup-executor.js';
import { WorkerChannel } from './channel/worker-channel.js';
import { RunEventWatcher } from './events/run-event-watcher.js';
import { pollCancellations } from './orchestration/cancel-poll.js';
import { RestHeartbeat, syncPool } from './orchestration/pool-sync.js';
import { RunOwnership } from './orchestration/run-ownership.js';
import type { HeartbeatSight } from './orchestration/succession/name-watch.js';
import { Presence } from './orchestration/succession/presence.js';
import type { WorkerProcess } from './orchestration/succession/worker-process.js';
import type { HeartbeatTimes } from './orchestration/wire-heartbeat.js';
import type { PrefectParts } from './prefect-parts.js';

const WITHOUT_STREAM_POLL_SECONDS = 15;
/** If another process of this name may be alive, time between our heartbeats in which its heartbeats are visible. */
const NAME_HOLD_MS = 15_000;

/** The server does not know the pool. */
class PoolUnknownError extends Error {}

export interface WorkerSessionOptions {
  readonly identity: WorkerIdentity;
  readonly request: WorkPoolRequest;
  readonly listener: OrchestratorListener;
  readonly consumerId: string;
  readonly process: WorkerProcess;
  readonly times: HeartbeatTimes;
}

/** The worker's session at the server: heartbeats by channel or REST, its pool, its runs, and cancellations. */
export class WorkerSession {
  readonly identity: WorkerIdentity;
  readonly ownership: RunOwnership;
  readonly leaseMs: number;
  readonly #channel: WorkerChannel;
  readonly #cleanup: CleanupExecutor;
  readonly #restHeartbeat: RestHeartbeat;
  readonly #presence: Presence;
  #pool: ApiWorkPool | null = null;
  #poolVersion = 0;
  #channelWorkerId: string | null = null;
  #watched: { readonly poolId: string; readonly watcher: RunEventWatcher } | null = null;
  #isStopped = false;

  constructor(
    private readonly parts: PrefectParts,
    private readonly options: WorkerSessionOptions,
  ) {
    const { api, clock, connection, logger } = parts;
    const { identity, request, process } = options;
    const { intervalMs, leaseMs } = options.times;
    const metadata: JsonObject = { integrations: [] };
    this.identity = identity;
    this.leaseMs = leaseMs;
    this.#restHeartbeat = new RestHeartbeat(api, identity, connection.isCloud, metadata);
    this.#presence = new Presence({
      clock,
      logger,
      intervalMs,
      leaseMs,
      send: (signal) => this.#sendHeartbeat(signal),
      isNeeded: () => this.#channel.state === 'healthy' || this.ownership.holdsAny,
      asFailure: (error) => this.#asFailure(error),
      onHeartbeat: (heartbeat) => this.ownership.onHeartbeat(heartbeat),
      look: (signal) => this.ownership.lookAtName(signal),
    });
    this.ownership = new RunOwnership({
      parts,
      identity,
      process,
      presence: this.#presence,
      leaseMs,
      workPoolId: () => this.#pool?.id ?? null,
      hearsClaims: () => this.#watched?.watcher.isStreaming ?? false,
    });
    this.#cleanup = new CleanupExecutor({
      clock,
      logger,
      send: (type, payload, signal) => this.#channel.sendOperation(type, payload, signal),
      tearDown: (message) => this.#tearDown(message),
    });
    this.#channel = new WorkerChannel(parts, identity.workPoolName, helloOf(identity, request, options.consumerId), {
      onHello: (beganAtMs) => this.#presence.noteSent(beganAtMs),
      onReady: (ready, sentAtMs) => {
        this.#channelWorkerId = ready.workerId ?? this.#channelWorkerId;
        this.#presence.note(sentAtMs);
        this.#takePool(ready.snapshot.workPool);
      },
      onSnapshot: (snapshot) => this.#takePool(snapshot.workPool),
      onCleanup: (message) => this.#cleanup.take(message),
      onOperationResult: (result) => this.#cleanup.takeResult(result),
      onCleanupLost: () => this.#cleanup.loseAll(),
    });
  }

  get workerId(): string | null {
    return this.#channelWorkerId ?? this.#restHeartbeat.workerId;
  }

  /**
   * Resolves when the channel's first attempt is over, even if the server is unavailable.
   *
   * @param lastHeartbeat the last heartbeat of this worker's name before. Null: there was none. Undefined: unknown.
   */
  async start(lastHeartbeat: HeartbeatSight | null | undefined): Promise<void> {
    const nowMs = this.parts.clock.monotonicMs();
    const { nameWatch } = this.ownership;
    nameWatch.begin(lastHeartbeat, nowMs);
    if (nameWatch.isOpen(nowMs)) this.#presence.hold(nowMs + NAME_HOLD_MS);
    this.#presence.start();
    await this.#channel.start();
  }

  /** Sends a heartbeat, unless the channel has stored one within the last second, and reads the pool: from the channel, or by REST. Null: the pool does not exist. */
  async heartbeat(signal?: AbortSignal): Promise<ApiWorkPool | null> {
    const hasPool = (): boolean => this.#channel.state === 'healthy' && this.#pool !== null;
    if (!hasPool()) {
      const before = this.#poolVersion;
      const pool = await syncPool(this.parts.api, this.identity, this.options.request, signal);
      if (this.#poolVersion === before) this.#setPool(pool);
      if (this.#pool === null) return null;
    }
    try {
      // The set-up of a channel is a heartbeat too: the first poll need not wait for another one.
      const isOpenedNow = this.#channel.state === 'healthy' && this.#presence.isFresh;
      if (!isOpenedNow) await this.#presence.beat();
    } catch (error) {
      if (!(error instanceof PoolUnknownError)) throw error;
      this.#setPool(null);
    }
    return this.#pool;
  }

  /** Runs that are still owned are released to other workers. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.ownership.releaseAll();
    this.#cleanup.loseAll();
    await Promise.all([this.#presence.stop(), this.#channel.stop(), this.#watched?.watcher.stop()]);
  }

  async #sendHeartbeat(signal: AbortSignal): Promise<void> {
    if (this.#channel.state === 'healthy') await this.#channel.beat(signal);
    else if (!(await this.#restHeartbeat.send(signal))) throw new PoolUnknownError('the server does not know the pool');
  }

  /** A failed heartbeat means that the control plane is unavailable, unless the error says otherwise. */
  #asFailure(error: unknown): unknown {
    if (isWorkerError(error) || error instanceof PoolUnknownError) return error;
    return new OrchestratorUnavailableError('Sending a heartbeat', this.parts.connection.apiUrl, { cause: error });
  }

  #takePool(pool: ApiWorkPool): void {
    const before = this.#pool;
    this.#poolVersion += 1;
    this.#setPool(pool);
    const { listener } = this.options;
    listener.onWorkPool(toWorkPool(pool));
    if (before !== null && mayHaveMoreWork(before, pool)) listener.onWorkAvailable();
  }

  #setPool(pool: ApiWorkPool | null): void {
    this.#pool = pool;
    if (pool === null || this.#isStopped || this.#watched?.poolId === pool.id) return;
    void this.#watched?.watcher.stop();
    const { clock, connection, environment, logger, openSocket, settings } = this.parts;
    const pollSeconds = settings.number('PREFECT_WORKER_CANCELLATION_POLL_SECONDS', WITHOUT_STREAM_POLL_SECONDS);
    const watcher = new RunEventWatcher({
      connection,
      environment,
      clock,
      logger,
      openSocket,
      pollIntervalMs: pollSeconds * 1000,
      poll: (signal) => this.#pollCancellations(signal),
      onCancelling: (flowRunId, occurredMs) => this.#onCancelling(flowRunId, occurredMs),
      onScheduled: () => this.options.listener.onWorkAvailable(),
      onMoved: (move) => this.ownership.onMoved(move),
    });
    this.#watched = { poolId: pool.id, watcher };
    watcher.start(pool.id);
  }

  async #pollCancellations(signal: AbortSignal): Promise<void> {
    const { heldIds, hasOtherRuns } = this.ownership;
    const query = { workPoolName: this.identity.workPoolName, heldIds, hasOthers: hasOtherRuns };
    await pollCancellations(this.parts.api, query, (flowRunId) => this.#onCancelling(flowRunId), signal);
  }

  /** @param occurredMs default: the run was read as one that is being cancelled */
  #onCancelling(flowRunId: string, occurredMs?: number): void {
    if (this.ownership.onCancelling(flowRunId, occurredMs)) this.options.listener.onCancelling(flowRunId);
  }

  async #tearDown(message: CleanupMessage): Promise<void> {
    const { flowRunId } = message;
    if (flowRunId === null) return;
    const run = await this.parts.api.readFlowRun(flowRunId);
    if (run === null) return;
    const infrastructurePid = message.infrastructurePid ?? (run.infrastructure_pid || null);
    const isCancelled = message.kind === CANCELLING_TIMEOUT;
    await this.options.listener.onTeardown({ flowRunId, infrastructurePid, isCancelled });
  }
}

/** Returns whether runs that were held back may be due now. */
function mayHaveMoreWork(before: ApiWorkPool, now: ApiWorkPool): boolean {
  const limitOf = (pool: ApiWorkPool): number => pool.concurrency_limit ?? Number.POSITIVE_INFINITY;
  return !now.is_paused && (before.is_paused || limitOf(now) > limitOf(before));
}

function helloOf(identity: WorkerIdentity, request: WorkPoolRequest, consumerId: string): Hello {
  return {
    consumer_id: consumerId,
    worker_name: identity.name,
    worker_type: identity.type,
    heartbeat_interval_seconds: Math.max(1, Math.trunc(identity.heartbeatIntervalSeconds)),
    supported_channel_versions: [CHANNEL_VERSION],
    requested_capabilities: [...REQUIRED_CAPABILITIES, CLEANUP_CAPABILITY],
    work_queue_names: [...identity.workQueueNames].sort(),
    handled_cleanup_kinds: REQUESTED_CLEANUP_KINDS,
    max_cleanup_concurrency: MAX_CLEANUP_CONCURRENCY,
    create_pool_if_not_found: request.createIfNotFound,
    default_base_job_template: request.defaultBaseJobTemplate,
    worker_metadata: null,
  };
}
