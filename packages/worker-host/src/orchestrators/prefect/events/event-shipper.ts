import {
  type Clock,
  type JsonObject,
  type Logger,
  type Meter,
  OrchestratorUnavailableError,
  type WorkerEvent,
} from '@worker-host/core';
import type { PrefectConnection } from '../connection.js';
import { Backoff } from '../sockets/backoff.js';
import { type PrefectSocket, type SocketOpener, SocketRefusedError } from '../sockets/prefect-socket.js';
import { type EventBody, eventBody, problemOfEvent } from './event-body.js';

export interface EventShipperDependencies {
  readonly connection: PrefectConnection;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly openSocket: SocketOpener;
  /** Sends events by REST, if the socket is refused. */
  readonly post: (events: readonly JsonObject[], signal: AbortSignal) => Promise<void>;
}

const CONFIRM_AFTER_EVENTS = 700;
const CONFIRM_AFTER_MS = 30_000;
const CLOSE_LIMIT_MS = 5000;
const POST_BATCH = 100;
const MAX_BUFFERED = 20_000;
const REMEMBERED_TIMES = 5000;

/**
 * Sends events over one socket, opened with the first of them. The server does not acknowledge them, so an event is
 * kept until a later ping was answered; after a reconnect all kept events are sent again (the server deduplicates them
 * by id).
 */
export class EventShipper {
  #unconfirmed: EventBody[] = [];
  /** Number of unconfirmed events sent over the current socket. */
  #sent = 0;
  #confirmedAtMs = 0;
  #socket: PrefectSocket | null = null;
  #isRestOnly = false;
  #isClosing = false;
  #loop: Promise<void> | null = null;
  #wake: () => void = () => {};
  #lost = 0;
  readonly #times = new Map<string, number>();
  readonly #giveUp = new AbortController();

  constructor(private readonly parts: EventShipperDependencies) {}

  /** Never throws; returns the event's id. */
  emit(event: WorkerEvent): string {
    const followed = event.follows ? this.#times.get(event.follows) : undefined;
    const body = eventBody(event, this.parts.clock.nowMs(), followed);
    const problem = problemOfEvent(body);
    if (problem !== null) {
      this.parts.logger.warn('Skipped an event', { event: body.event, problem });
      return body.id;
    }
    this.#times.set(body.id, Date.parse(body.occurred));
    if (this.#times.size > REMEMBERED_TIMES) this.#times.delete(this.#times.keys().next().value ?? '');
    if (this.#giveUp.signal.aborted) return body.id;
    this.#unconfirmed.push(body);
    if (this.#unconfirmed.length > MAX_BUFFERED) this.#loseOldest();
    this.#wake();
    this.#start();
    return body.id;
  }

  /** An event that arrives while the loop ends starts another one. */
  #start(): void {
    this.#loop ??= this.#run().finally(() => {
      this.#loop = null;
      if (this.#unconfirmed.length > 0 && !this.#giveUp.signal.aborted) this.#start();
    });
  }

  /** Sends and confirms the remaining events, within five seconds, then closes the socket. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    const done = new AbortController();
    const limit = this.parts.clock.sleep(CLOSE_LIMIT_MS, done.signal).then(
      () => {
        this.#giveUp.abort(new Error('the worker stops'));
        // A ping without an answer ends with its socket.
        this.#socket?.close(1000);
      },
      () => {},
    );
    while (this.#loop) await this.#loop;
    done.abort();
    await limit;
    this.#giveUp.abort(new Error('the worker stops'));
    this.#socket?.close(1000);
    this.#socket = null;
    if (this.#unconfirmed.length > 0) {
      this.parts.logger.warn('Events could not be sent before the worker stopped', { count: this.#unconfirmed.length });
    }
    this.#unconfirmed = [];
  }

  /** Runs while there are unconfirmed events. */
  async #run(): Promise<void> {
    const backoff = new Backoff();
    while (this.#unconfirmed.length > 0 && !this.#giveUp.signal.aborted) {
      try {
        if (this.#isRestOnly) await this.#post();
        else await this.#sendOverSocket();
        backoff.reset();
      } catch (error) {
        if (this.#giveUp.signal.aborted) return;
        this.#socket?.close(1000);
        this.#socket = null;
        if (error instanceof SocketRefusedError && error.stage === 'upgrade' && (error.status ?? 0) < 500) {
          this.#isRestOnly = true;
          this.parts.logger.info('The event socket was rejected; sending events by REST', { reason: error.message });
          continue;
        }
        const waitMs = backoff.nextMs();
        this.parts.logger.debug('Events are sent again', { error, waitMs });
        await this.parts.clock.sleep(waitMs, this.#giveUp.signal).catch(() => {});
      }
    }
  }

  async #sendOverSocket(): Promise<void> {
    const { clock } = this.parts;
    const socket = await this.#connected();
    while (this.#sent < this.#unconfirmed.length) {
      const next = this.#unconfirmed[this.#sent];
      if (!next) break;
      await socket.send(next);
      this.#sent += 1;
      if (this.#sent >= CONFIRM_AFTER_EVENTS) await this.#confirm(socket);
    }
    const dueInMs = this.#confirmedAtMs + CONFIRM_AFTER_MS - clock.monotonicMs();
    if (this.#isClosing || dueInMs <= 0) await this.#confirm(socket);
    else await this.#pause(dueInMs);
    if (this.#socket !== socket) throw new Error('the event socket was closed');
  }

  async #confirm(socket: PrefectSocket): Promise<void> {
    const count = this.#sent;
    await socket.ping();
    this.#unconfirmed.splice(0, count);
    this.#sent -= count;
    this.#confirmedAtMs = this.parts.clock.monotonicMs();
  }

  async #connected(): Promise<PrefectSocket> {
    if (this.#socket) return this.#socket;
    const { connection, environment, openSocket, clock, logger } = this.parts;
    const { isCloud, authorization, apiKey, authString } = connection;
    const socket = await openSocket({
      connection,
      environment,
      path: '/events/in',
      ...(isCloud
        ? { headers: apiKey === null ? {} : { Authorization: `bearer ${apiKey}` } }
        : { token: authString, headers: authorization === null ? {} : { Authorization: authorization } }),
      signal: this.#giveUp.signal,
      logger,
    });
    this.#socket = socket;
    this.#sent = 0;
    this.#confirmedAtMs = clock.monotonicMs();
    void socket.closed.then(() => {
      if (this.#socket === socket) this.#socket = null;
      this.#wake();
    });
    return socket;
  }

  async #post(): Promise<void> {
    const batch = this.#unconfirmed.slice(0, POST_BATCH);
    try {
      await this.parts.post(batch as unknown as readonly JsonObject[], this.#giveUp.signal);
    } catch (error) {
      if (error instanceof OrchestratorUnavailableError || this.#giveUp.signal.aborted) throw error;
      this.parts.logger.warn('Events were rejected and discarded', { count: batch.length, error });
    }
    this.#unconfirmed.splice(0, batch.length);
  }

  #loseOldest(): void {
    this.#unconfirmed.shift();
    this.#sent = Math.max(0, this.#sent - 1);
    if (this.#lost === 0)
      this.parts.logger.warn('Events are being lost: the server accepts none and the buffer is full');
    this.#lost += 1;
    this.parts.meter.count('prefect_events_lost_total');
  }

  async #pause(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.parts.clock.sleep(ms, woken.signal).catch(() => {});
    this.#wake = () => {};
  }
}
