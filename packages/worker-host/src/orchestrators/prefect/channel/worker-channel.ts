import type { Clock, Logger } from '@worker-host/core';
import type { PrefectConnection } from '../connection.js';
import { Backoff } from '../sockets/backoff.js';
import {
  type PrefectSocket,
  type SocketOpener,
  type SocketOpening,
  SocketRefusedError,
} from '../sockets/prefect-socket.js';
import { uuid7 } from '../uuid7.js';
import { type ChannelVerdict, verdictOnClose, verdictOnRefusal } from './channel-closing.js';
import {
  ChannelProtocolError,
  CLEANUP_CAPABILITY,
  type CleanupMessage,
  type Hello,
  type OperationResult,
  parseServerFrame,
  REQUIRED_CAPABILITIES,
  type Ready,
  type ServerFrame,
  type Snapshot,
} from './channel-frames.js';

/** Callbacks of the channel. */
export interface ChannelListener {
  /** The hello was sent, which is a heartbeat (monotonic milliseconds). */
  onHello(sentAtMs: number): void;
  /** @param sentAtMs when the hello was sent (monotonic milliseconds) */
  onReady(ready: Ready, sentAtMs: number): void;
  onSnapshot(snapshot: Snapshot): void;
  onCleanup(message: CleanupMessage): void;
  onOperationResult(result: OperationResult): void;
  /** The connection was established again without cleanup delivery, or has ended permanently: reservations are lost. */
  onCleanupLost(): void;
}

export interface ChannelDependencies {
  readonly connection: PrefectConnection;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openSocket: SocketOpener;
}

/** `disabled`: permanently refused; heartbeats and the pool use REST until this process ends. */
export type ChannelState = 'connecting' | 'healthy' | 'retrying' | 'disabled';

const SETUP_TIMEOUT_MS = 10_000;
const PROTOCOL_ERROR_CODE = 1002;
/** If the server cannot store a heartbeat, it usually closes the channel within this time. */
const STORING_MS = 500;

/**
 * The worker's channel to the server: heartbeats, pool snapshots and cleanup messages over one WebSocket. Everything has an
 * alternative over REST, so the channel can be refused or closed at any time.
 */
export class WorkerChannel {
  #state: ChannelState = 'connecting';
  #socket: PrefectSocket | null = null;
  /** Aborted when the socket closes. */
  #open = new AbortController();
  #hasCleanup = false;
  #wasHealthy = false;
  #sequence = 0;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #onCleanupUsable: (() => void)[] = [];

  constructor(
    private readonly parts: ChannelDependencies,
    private readonly workPoolName: string,
    private readonly hello: Hello,
    private readonly listener: ChannelListener,
  ) {}

  get state(): ChannelState {
    return this.#state;
  }

  /** Starts to connect; resolves when the first attempt has succeeded or failed. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#loop = this.#run(resolve).finally(resolve);
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the worker stops'));
    this.#socket?.close(1000);
    await this.#loop;
  }

  /**
   * Sends a heartbeat. Resolves when the server has answered a ping after it and the channel is still open shortly afterwards:
   * the server closes it if it cannot store the heartbeat. Otherwise rejects, and reopens the channel.
   */
  async beat(signal: AbortSignal): Promise<void> {
    const socket = this.#socket;
    if (socket === null || this.#state !== 'healthy') throw new Error('the worker channel is not open');
    const { consumer_id, worker_name, heartbeat_interval_seconds } = this.hello;
    const stop = (): void => socket.close(1000);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#send(socket, 'worker.heartbeat.v1', { consumer_id, worker_name, heartbeat_interval_seconds });
      await socket.ping();
      await this.parts.clock.sleep(STORING_MS, this.#open.signal);
    } catch (error) {
      socket.close(1000);
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /**
   * Sends an operation on a cleanup message, waiting for a connection that delivers them.
   *
   * @returns the frame's id, which the result contains
   */
  async sendOperation(type: string, payload: object, signal: AbortSignal): Promise<string> {
    while (!(this.#socket && this.#state === 'healthy' && this.#hasCleanup)) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        this.#onCleanupUsable.push(() => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        });
      });
    }
    return this.#send(this.#socket, type, payload);
  }

  async #run(firstTryEnded: () => void): Promise<void> {
    const { clock, logger } = this.parts;
    const backoff = new Backoff();
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const verdict = await this.#connectOnce(() => {
        backoff.reset();
        firstTryEnded();
      });
      this.#socket = null;
      if (signal.aborted) return;
      if (!verdict.retry) {
        this.#state = 'disabled';
        this.listener.onCleanupLost();
        logger.info('The worker channel is not available; using REST for heartbeats and the pool', {
          reason: verdict.reason,
        });
        return;
      }
      this.#state = 'retrying';
      firstTryEnded();
      const waitMs = backoff.nextMs();
      logger.debug('The worker channel is open again', { reason: verdict.reason, waitMs });
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  async #connectOnce(onHealthy: () => void): Promise<ChannelVerdict> {
    const { openSocket, logger } = this.parts;
    let socket: PrefectSocket;
    try {
      socket = await openSocket(channelOpening(this.parts, this.workPoolName, this.#stopping.signal));
    } catch (error) {
      if (error instanceof SocketRefusedError) return verdictOnRefusal(error, this.#wasHealthy);
      return { retry: true, reason: error instanceof Error ? error.message : String(error) };
    }
    const sentAtMs = this.parts.clock.monotonicMs();
    const setup = new AbortController();
    let protocolProblem: string | null = null;
    socket.onFrame = (text) => {
      try {
        this.#take(parseServerFrame(text), (ready) => {
          setup.abort();
          this.#becomeHealthy(socket, ready, sentAtMs);
          onHealthy();
        });
      } catch (error) {
        if (!(error instanceof ChannelProtocolError)) {
          logger.error('Handling a frame of the worker channel failed', { error });
          return;
        }
        protocolProblem = error.message;
        socket.close(PROTOCOL_ERROR_CODE, 'protocol_error');
      }
    };
    this.#socket = socket;
    this.#open = new AbortController();
    this.#sequence = 0;
    void this.parts.clock.sleep(SETUP_TIMEOUT_MS, setup.signal).then(
      () => socket.close(1000),
      () => {},
    );
    await this.#send(
      socket,
      'worker.hello.v1',
      this.#wasHealthy ? { ...this.hello, worker_metadata: null } : this.hello,
    ).catch(() => {});
    this.listener.onHello(sentAtMs);
    const close = await socket.closed;
    setup.abort();
    this.#open.abort(new Error(`the worker channel was closed: ${close.reason || close.code}`));
    return protocolProblem === null ? verdictOnClose(close) : { retry: false, reason: protocolProblem };
  }

  #take(frame: ServerFrame, onReady: (ready: Ready) => void): void {
    switch (frame.type) {
      case 'ready':
        this.#check(frame.ready);
        this.#sequence = frame.ready.snapshot.sequence;
        onReady(frame.ready);
        return;
      case 'snapshot':
        if (frame.snapshot.sequence <= this.#sequence) return;
        this.#sequence = frame.snapshot.sequence;
        this.listener.onSnapshot(frame.snapshot);
        return;
      case 'cleanup':
        this.listener.onCleanup(frame.message);
        return;
      case 'result':
        this.listener.onOperationResult(frame.result);
        return;
    }
  }

  #check(ready: Ready): void {
    if (ready.consumerId !== this.hello.consumer_id)
      throw new ChannelProtocolError('the response is for another consumer');
    const missing = REQUIRED_CAPABILITIES.filter((name) => !ready.acceptedCapabilities.includes(name));
    if (missing.length > 0) throw new ChannelProtocolError(`not accepted: ${missing.join(', ')}`);
    if (ready.snapshot.sequence !== 1 || ready.snapshot.reason !== 'initial') {
      throw new ChannelProtocolError('the first snapshot is not marked as initial');
    }
    const wanted = this.hello.requested_capabilities;
    if (ready.acceptedCapabilities.some((name) => !wanted.includes(name))) {
      throw new ChannelProtocolError('a capability was accepted that was not requested');
    }
  }

  #becomeHealthy(socket: PrefectSocket, ready: Ready, sentAtMs: number): void {
    this.#socket = socket;
    this.#state = 'healthy';
    this.#wasHealthy = true;
    this.#hasCleanup = ready.acceptedCapabilities.includes(CLEANUP_CAPABILITY);
    this.listener.onReady(ready, sentAtMs);
    if (this.#hasCleanup) for (const proceed of this.#onCleanupUsable.splice(0)) proceed();
    else this.listener.onCleanupLost();
  }

  async #send(socket: PrefectSocket, type: string, payload: object): Promise<string> {
    const nowMs = this.parts.clock.nowMs();
    const id = uuid7(nowMs);
    await socket.send({ type, id, sent_at: new Date(nowMs).toISOString(), payload });
    return id;
  }
}

/** Returns how the socket of a pool's channel is opened. */
export function channelOpening(
  { connection, environment, logger }: Pick<ChannelDependencies, 'connection' | 'environment' | 'logger'>,
  workPoolName: string,
  signal: AbortSignal,
): SocketOpening {
  return {
    connection,
    environment,
    path: `/work_pools/${encodeURIComponent(workPoolName)}/workers/connect`,
    token: connection.authString ?? connection.apiKey,
    signal,
    logger,
  };
}
