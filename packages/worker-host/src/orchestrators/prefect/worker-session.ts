import type { JsonObject, OrchestratorListener, WorkerIdentity, WorkPoolRequest } from '@worker-host/core';
import type { ApiWorkPool } from './api/api-types.js';
import { toWorkPool } from './api/nouns-from-api.js';
import {
  CHANNEL_VERSION,
  CLEANUP_CAPABILITY,
  type CleanupMessage,
  type Hello,
  REQUIRED_CAPABILITIES,
} from './channel/channel-frames.js';
import { CleanupExecutor, MAX_CLEANUP_CONCURRENCY, REQUESTED_CLEANUP_KINDS } from './channel/cleanup-executor.js';
import { WorkerChannel } from './channel/worker-channel.js';
import { RunEventWatcher } from './events/run-event-watcher.js';
import { RestHeartbeat, syncPool } from './orchestration/pool-sync.js';
import type { RunsInHand } from './orchestration/runs-in-hand.js';
import type { PrefectParts } from './prefect-parts.js';

const WITHOUT_STREAM_POLL_SECONDS = 15;

/** The worker's standing at the server: alive by channel or by REST, with a pool, and listening for cancellations. */
export class WorkerSession {
  readonly #channel: WorkerChannel;
  readonly #cleanup: CleanupExecutor;
  readonly #heartbeat: RestHeartbeat;
  #pool: ApiWorkPool | null = null;
  #poolVersion = 0;
  #channelWorkerId: string | null = null;
  #watched: { readonly poolId: string; readonly watcher: RunEventWatcher } | null = null;
  #isStopped = false;

  constructor(
    private readonly parts: PrefectParts,
    private readonly inHand: RunsInHand,
    readonly identity: WorkerIdentity,
    private readonly request: WorkPoolRequest,
    private readonly listener: OrchestratorListener,
    consumerId: string,
  ) {
    const { api, clock, connection, logger } = parts;
    const metadata: JsonObject = { integrations: [] };
    this.#heartbeat = new RestHeartbeat(api, identity, connection.isCloud, metadata);
    this.#cleanup = new CleanupExecutor({
      clock,
      logger,
      send: (type, payload, signal) => this.#channel.sendOperation(type, payload, signal),
      tearDown: (message) => this.#tearDown(message),
    });
    this.#channel = new WorkerChannel(parts, identity.workPoolName, helloOf(identity, request, consumerId), {
      onReady: (ready) => {
        this.#channelWorkerId = ready.workerId ?? this.#channelWorkerId;
        this.#takePool(ready.snapshot.workPool);
      },
      onSnapshot: (snapshot) => this.#takePool(snapshot.workPool),
      onCleanup: (message) => this.#cleanup.take(message),
      onOperationResult: (result) => this.#cleanup.takeResult(result),
      onCleanupLost: () => this.#cleanup.loseAll(),
    });
  }

  get workerId(): string | null {
    return this.#channelWorkerId ?? this.#heartbeat.workerId;
  }

  /** Resolves when the channel's first try is over; the server may be away. */
  start(): Promise<void> {
    return this.#channel.start();
  }

  /** The pool as it stands; by REST, with a heartbeat, when the channel does not carry them. */
  async sync(signal?: AbortSignal): Promise<ApiWorkPool | null> {
    if (this.#channel.state === 'healthy' && this.#pool !== null) return this.#pool;
    const before = this.#poolVersion;
    const pool = await syncPool(this.parts.api, this.identity, this.request, signal);
    if (this.#poolVersion !== before) return this.#pool;
    this.#setPool(pool);
    if (pool !== null && !(await this.#heartbeat.send(signal))) this.#setPool(null);
    return this.#pool;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cleanup.loseAll();
    await Promise.all([this.#channel.stop(), this.#watched?.watcher.stop()]);
  }

  #takePool(pool: ApiWorkPool): void {
    const before = this.#pool;
    this.#poolVersion += 1;
    this.#setPool(pool);
    this.listener.onWorkPool(toWorkPool(pool));
    if (before !== null && mayHaveMoreWork(before, pool)) this.listener.onWorkAvailable?.();
  }

  #setPool(pool: ApiWorkPool | null): void {
    this.#pool = pool;
    if (pool === null || this.#isStopped || this.#watched?.poolId === pool.id) return;
    void this.#watched?.watcher.stop();
    const { api, clock, connection, environment, logger, openSocket, settings } = this.parts;
    const pollSeconds = settings.number('PREFECT_WORKER_CANCELLATION_POLL_SECONDS', WITHOUT_STREAM_POLL_SECONDS);
    const onCancelling = (flowRunId: string): void => this.listener.onCancelling(flowRunId);
    const watcher = new RunEventWatcher({
      connection,
      environment,
      clock,
      logger,
      openSocket,
      pollIntervalMs: pollSeconds * 1000,
      poll: (signal) => this.inHand.look(api, onCancelling, signal),
      onCancelling,
      onScheduled: () => this.listener.onWorkAvailable?.(),
    });
    this.#watched = { poolId: pool.id, watcher };
    watcher.start(pool.id);
  }

  async #tearDown(message: CleanupMessage): Promise<void> {
    const { flowRunId } = message;
    if (flowRunId === null) return;
    const run = await this.parts.api.readFlowRun(flowRunId);
    if (run === null) return;
    const infrastructurePid = message.infrastructurePid ?? (run.infrastructure_pid || null);
    await this.listener.onTeardown({ flowRunId, infrastructurePid });
  }
}

/** True where runs that were held back may be due now. */
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
