import { OrchestratorUnavailableError, type WorkerIdentity } from '@worker-host/core';
import { channelOpening } from './channel/worker-channel.js';
import { checkServerVersion } from './orchestration/server-version.js';
import type { HeartbeatSight } from './orchestration/succession/name-watch.js';
import { LISTED_FOR_MS } from './orchestration/succession/succession.js';
import type { PrefectParts } from './prefect-parts.js';
import type { PrefectSocket, SocketOpener } from './sockets/prefect-socket.js';

/** A pool to serve, and the name of the worker in it. */
export type Post = Pick<WorkerIdentity, 'name' | 'workPoolName'>;

/** What the server says before the first heartbeat of a worker. */
export interface ServerFacts {
  /** Null: unknown, or the check is disabled. */
  readonly version: string | null;
  /**
   * The last heartbeat of the worker's name. Null: the server knows no live worker of the name. Undefined: it does not respond.
   */
  readonly lastHeartbeat: HeartbeatSight | null | undefined;
}

/** What was read longer ago than this is read again: another process of the name may have started since. */
const TRUSTED_MS = 5000;

/** Connects to the server while the plugin is loaded: the requests before a worker's first heartbeat, and its channel. */
export class EarlyStart {
  readonly facts: Promise<ServerFacts>;
  readonly #beganAtMs: number;
  readonly #opening = new AbortController();
  #socket: Promise<PrefectSocket> | null;
  #isSocketOver = false;

  constructor(
    private readonly parts: PrefectParts,
    private readonly post: Post,
  ) {
    this.#beganAtMs = parts.clock.monotonicMs();
    this.facts = readServerFacts(parts, post);
    this.facts.catch(() => {});
    this.#socket = parts.openSocket(channelOpening(parts, post.workPoolName, this.#opening.signal));
    this.#socket.then(
      async (socket) => {
        await socket.closed;
        this.#isSocketOver = true;
      },
      () => {},
    );
  }

  /** Returns whether it can be used for a worker that connects now. */
  serves({ name, workPoolName }: Post): boolean {
    const isRecent = this.parts.clock.monotonicMs() - this.#beganAtMs < TRUSTED_MS;
    return isRecent && name === this.post.name && workPoolName === this.post.workPoolName;
  }

  /** Opens sockets; the first one of the channel is the one that was opened early, if it is still open. */
  readonly openSocket: SocketOpener = async (opening) => {
    const early = this.#socket;
    const { path } = channelOpening(this.parts, this.post.workPoolName, this.#opening.signal);
    if (early === null || opening.path !== path || this.#isSocketOver) return this.parts.openSocket(opening);
    this.#socket = null;
    const abort = (): void => this.#opening.abort(opening.signal?.reason);
    opening.signal?.addEventListener('abort', abort, { once: true });
    if (opening.signal?.aborted) abort();
    return early.finally(() => opening.signal?.removeEventListener('abort', abort));
  };

  /** Closes the socket, unless it is in use. */
  close(): void {
    const early = this.#socket;
    this.#socket = null;
    if (early === null) return;
    this.#opening.abort(new Error('the early connection is not used'));
    early.then(
      (socket) => socket.close(1000),
      () => {},
    );
  }
}

/** @throws PrefectServerVersionError, OrchestratorUnauthorizedError */
export async function readServerFacts(parts: PrefectParts, post: Post): Promise<ServerFacts> {
  const [version, lastHeartbeat] = await Promise.all([checkServerVersion(parts), readLastHeartbeat(parts, post)]);
  return { version, lastHeartbeat };
}

async function readLastHeartbeat(
  { api, clock, rest }: PrefectParts,
  { name, workPoolName }: Post,
): Promise<HeartbeatSight | null | undefined> {
  try {
    const workers = await api.listWorkers(workPoolName, rest.serverNowMs() - LISTED_FOR_MS);
    const worker = workers.find((each) => each.name === name);
    if (worker?.status !== 'ONLINE' || worker.last_heartbeat_time === null) return null;
    const serverMs = Date.parse(worker.last_heartbeat_time);
    return { serverMs, atMs: clock.monotonicMs() + serverMs - rest.serverNowMs() };
  } catch (error) {
    if (error instanceof OrchestratorUnavailableError) return undefined;
    throw error;
  }
}
