import { type Clock, isJsonObject, type Logger } from '@worker-host/core';
import type { PrefectConnection } from '../connection.js';
import { Backoff } from '../sockets/backoff.js';
import { describeClose, type PrefectSocket, type SocketOpener, SocketRefusedError } from '../sockets/prefect-socket.js';

/** A state that starts or ends an attempt. */
export interface RunMove {
  readonly flowRunId: string;
  readonly stateId: string;
  readonly isClaim: boolean;
  /** Server's milliseconds since the epoch. */
  readonly occurredMs: number;
}

export interface RunEventWatcherDependencies {
  readonly connection: PrefectConnection;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openSocket: SocketOpener;
  /** Base interval of polls while there is no stream. */
  readonly pollIntervalMs: number;
  /** Polls the active runs by REST. Can throw: it is retried. */
  readonly poll: (signal: AbortSignal) => Promise<void>;
  /**
   * A run is being cancelled, or was cancelled before it ever ran, since that time (server's milliseconds). Can be called twice
   * and late: the run may already be in another attempt.
   */
  readonly onCancelling: (flowRunId: string, occurredMs: number) => void;
  /** Runs were scheduled; called at most once a second. */
  readonly onScheduled: () => void;
  /** A run was claimed, or left its attempt. */
  readonly onMoved: (move: RunMove) => void;
}

const CANCELLING = 'prefect.flow-run.Cancelling';
const CANCELLED = 'prefect.flow-run.Cancelled';
/** States in which a run may be due immediately. */
const SCHEDULED = ['prefect.flow-run.Scheduled', 'prefect.flow-run.Resuming'];
const CLAIMED = 'prefect.flow-run.Pending';
/** States that start another attempt. */
const MOVED = [...SCHEDULED, 'prefect.flow-run.AwaitingRetry', CLAIMED];
const SCHEDULED_PAUSE_MS = 1000;
const RUN_ID_PREFIX = 'prefect.flow-run.';
const OVERLAP_MS = 60_000;
const AHEAD_MS = 365 * 24 * 3600 * 1000;
const REMEMBERED_EVENTS = 10_000;
/** Maximum by which the server's clock is ahead. */
const MOST_SKEW_MS = 3600 * 1000;
/** An id of the API is a UUID. */
const LONGEST_ID = 36;
/** Long retry interval if a server or proxy refuses the upgrade. */
const REFUSED_WAIT_MS = 5 * 60_000;

/**
 * Watches the pool's event stream for runs to be cancelled and for scheduled runs. While there is no stream it polls, and it
 * returns to the stream as soon as possible; it never ends by itself.
 */
export class RunEventWatcher {
  readonly #stopping = new AbortController();
  readonly #seen = new Set<string>();
  #newestSeenMs: number | null = null;
  #isQuiet = false;
  #isMissed = false;
  #socket: PrefectSocket | null = null;
  /** True: the runs were polled once since the stream was opened, so no earlier event is missed. */
  #isChecked = false;
  #loops: readonly Promise<void>[] = [];

  constructor(private readonly parts: RunEventWatcherDependencies) {}

  /** True while the stream is open. */
  get isStreaming(): boolean {
    return this.#socket !== null;
  }

  start(workPoolId: string): void {
    this.#loops = [this.#stream(workPoolId), this.#poll()];
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the worker stops'));
    this.#socket?.close(1000);
    await Promise.all(this.#loops);
  }

  async #stream(workPoolId: string): Promise<void> {
    const { clock, logger } = this.parts;
    const { signal } = this.#stopping;
    const backoff = new Backoff();
    while (!signal.aborted) {
      let reason: string;
      let waitMs = 0;
      try {
        const socket = await this.#connect(workPoolId);
        this.#socket = socket;
        this.#isChecked = false;
        const openedAtMs = clock.monotonicMs();
        void this.#check();
        reason = describeClose(await socket.closed);
        if (clock.monotonicMs() - openedAtMs > OVERLAP_MS) backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        reason = error instanceof Error ? error.message : String(error);
        const isRefused =
          error instanceof SocketRefusedError && error.stage !== 'network' && (error.status ?? 400) < 500;
        if (isRefused) waitMs = REFUSED_WAIT_MS;
      }
      this.#socket = null;
      if (signal.aborted) return;
      waitMs = Math.max(waitMs, backoff.nextMs());
      logger.debug('The event stream is not open; polling for runs to cancel', { reason, waitMs });
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  async #connect(workPoolId: string): Promise<PrefectSocket> {
    const { connection, environment, openSocket, clock, logger } = this.parts;
    const socket = await openSocket({
      connection,
      environment,
      path: '/events/out',
      token: connection.isCloud ? connection.apiKey : connection.authString,
      signal: this.#stopping.signal,
      logger,
    });
    socket.onFrame = (text) => this.#take(text);
    const nowMs = clock.nowMs();
    const subscription = {
      type: 'filter',
      filter: {
        occurred: {
          since: new Date((this.#newestSeenMs ?? nowMs) - OVERLAP_MS).toISOString(),
          until: new Date(nowMs + AHEAD_MS).toISOString(),
        },
        event: { name: [CANCELLING, CANCELLED, ...MOVED] },
        any_resource: { id: [`prefect.work-pool.${workPoolId}`] },
        order: 'DESC',
      },
    };
    try {
      await socket.send(subscription);
    } catch (error) {
      socket.close(1000);
      throw error;
    }
    return socket;
  }

  #take(text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (!isJsonObject(frame) || !isJsonObject(frame.event)) return;
    const { id, event, occurred, resource } = frame.event;
    if (typeof id !== 'string' || id.length > LONGEST_ID) return;
    if (!isJsonObject(resource) || this.#seen.has(id)) return;
    this.#seen.add(id);
    if (this.#seen.size > REMEMBERED_EVENTS) this.#seen.delete(this.#seen.values().next().value ?? '');
    const occurredMs = Date.parse(typeof occurred === 'string' ? occurred : '');
    const seenMs = Math.min(occurredMs, this.parts.clock.nowMs() + MOST_SKEW_MS);
    if (!Number.isNaN(seenMs)) this.#newestSeenMs = Math.max(this.#newestSeenMs ?? 0, seenMs);
    if (typeof event !== 'string') return;
    if (SCHEDULED.includes(event)) this.#tellScheduled();
    const resourceId = resource['prefect.resource.id'];
    if (typeof resourceId !== 'string' || !resourceId.startsWith(RUN_ID_PREFIX)) return;
    const flowRunId = resourceId.slice(RUN_ID_PREFIX.length);
    if (MOVED.includes(event)) this.parts.onMoved({ flowRunId, stateId: id, isClaim: event === CLAIMED, occurredMs });
    const neverRan = resource['prefect.run-count'] === '0';
    if (event === CANCELLING || (event === CANCELLED && neverRan)) this.parts.onCancelling(flowRunId, occurredMs);
  }

  /** Reports the first of a burst immediately, the rest together a second later. */
  #tellScheduled(): void {
    if (this.#isQuiet) {
      this.#isMissed = true;
      return;
    }
    this.#isQuiet = true;
    this.parts.onScheduled();
    void this.parts.clock.sleep(SCHEDULED_PAUSE_MS, this.#stopping.signal).then(
      () => {
        this.#isQuiet = false;
        if (!this.#isMissed) return;
        this.#isMissed = false;
        this.#tellScheduled();
      },
      () => {},
    );
  }

  /** Polls while there is no stream, and after it was opened until one poll has succeeded. */
  async #poll(): Promise<void> {
    const { clock, pollIntervalMs } = this.parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(pollIntervalMs * (0.75 + clock.random() * 0.5), signal).catch(() => {});
      if (signal.aborted) return;
      if (this.#socket === null || !this.#isChecked) await this.#check();
    }
  }

  async #check(): Promise<void> {
    const { logger, poll } = this.parts;
    const { signal } = this.#stopping;
    const socket = this.#socket;
    try {
      await poll(signal);
      if (socket !== null && socket === this.#socket) this.#isChecked = true;
    } catch (error) {
      if (!signal.aborted) logger.debug('Polling for runs to cancel failed', { error });
    }
  }
}
