import type { Clock, Logger } from '@worker-host/core';
import { withDeadline } from './with-deadline.js';

/** A heartbeat that was sent (monotonic milliseconds). */
export interface Heartbeat {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** False: it is not known whether the server has taken it, or when it does. */
  readonly isTaken: boolean;
}

export interface PresenceDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two heartbeats. */
  readonly intervalMs: number;
  /** How long after the beginning of a heartbeat leases hold. */
  readonly leaseMs: number;
  /** Sends one heartbeat; resolves when the server has it. */
  readonly send: (signal: AbortSignal) => Promise<void>;
  /** Whether heartbeats are due by themselves: they are cheap, or a lease depends on them. */
  readonly isNeeded: () => boolean;
  /** The error to reject with where a heartbeat failed. */
  readonly asFailure: (error: unknown) => unknown;
  readonly onHeartbeat: (heartbeat: Heartbeat) => void;
  /** Looks whose heartbeat the server has, where that matters: before one of ours replaces it, and at once after. */
  readonly look: (signal: AbortSignal) => Promise<void>;
}

/** A heartbeat that the server has not taken within this time is lost; the next one comes at its own time. */
const DEADLINE_MS = 8000;
/** A heartbeat waits no longer for the look before it. */
const LOOK_DEADLINE_MS = 2000;
const JITTER = 0.1;

/**
 * The worker's heartbeats, at a fixed interval that no failure lengthens. The leases of this process hold for a time
 * after each one, and no sibling takes a run over before that.
 */
export class Presence {
  readonly #stopping = new AbortController();
  #provenUntilMs = Number.NEGATIVE_INFINITY;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | null = null;
  #nap: AbortController | null = null;
  #loop: Promise<void> = Promise.resolve();
  #isLapsed = false;

  constructor(private readonly parts: PresenceDependencies) {}

  /** Monotonic milliseconds until which no sibling takes this worker for dead. */
  get provenUntilMs(): number {
    return this.#provenUntilMs;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the worker stops'));
    this.#nap?.abort();
    await this.#loop;
  }

  /** Sends the next heartbeat now where the last one is old: a lease begins to depend on them. */
  wake(): void {
    const { clock, intervalMs, leaseMs } = this.parts;
    if (clock.monotonicMs() > this.#provenUntilMs - leaseMs + intervalMs) this.#nap?.abort();
  }

  /** Sends none until then, so that those of another process of the name show; leases are never risked for it. */
  hold(untilMs: number): void {
    this.#heldUntilMs = untilMs;
  }

  /** A heartbeat that went with something else, and that the server may take. */
  noteSent(beganAtMs: number): void {
    this.parts.onHeartbeat({ beganAtMs, endedAtMs: this.parts.clock.monotonicMs(), isTaken: false });
  }

  /** A heartbeat that the server took with something else, as with the set-up of a channel. */
  note(beganAtMs: number): void {
    this.#provenUntilMs = Math.max(this.#provenUntilMs, beganAtMs + this.parts.leaseMs);
    this.parts.onHeartbeat({ beganAtMs, endedAtMs: this.parts.clock.monotonicMs(), isTaken: true });
  }

  /** Sends a heartbeat now, or joins the one under way. Rejects when the server has none within the deadline. */
  async beat(): Promise<void> {
    const nowMs = this.parts.clock.monotonicMs();
    if (nowMs < this.#heldUntilMs && nowMs < this.#provenUntilMs - this.parts.leaseMs / 3) return;
    this.#underWay ??= this.#send().finally(() => {
      this.#underWay = null;
    });
    await this.#underWay;
  }

  async #send(): Promise<void> {
    const { asFailure, clock, onHeartbeat, send } = this.parts;
    await this.#look();
    const beganAtMs = clock.monotonicMs();
    try {
      await withDeadline(clock, DEADLINE_MS, this.#stopping.signal, send);
    } catch (error) {
      onHeartbeat({ beganAtMs, endedAtMs: clock.monotonicMs(), isTaken: false });
      throw asFailure(error);
    }
    this.note(beganAtMs);
    void this.#look();
  }

  async #look(): Promise<void> {
    const { clock, logger, look } = this.parts;
    await withDeadline(clock, LOOK_DEADLINE_MS, this.#stopping.signal, look).catch((error: unknown) =>
      logger.debug('Reading the heartbeat of the worker’s name failed', { error }),
    );
  }

  async #run(): Promise<void> {
    const { clock, intervalMs, isNeeded } = this.parts;
    const { signal } = this.#stopping;
    let dueAtMs = clock.monotonicMs();
    while (!signal.aborted) {
      dueAtMs += intervalMs * (1 - JITTER + 2 * JITTER * clock.random());
      await this.#napUntil(dueAtMs);
      if (signal.aborted) return;
      dueAtMs = clock.monotonicMs();
      if (!isNeeded()) continue;
      await this.beat().then(
        () => this.#report(null),
        (error: unknown) => this.#report(error),
      );
    }
  }

  async #napUntil(dueAtMs: number): Promise<void> {
    const { clock } = this.parts;
    this.#nap = new AbortController();
    await clock.sleep(Math.max(0, dueAtMs - clock.monotonicMs()), this.#nap.signal).catch(() => {});
  }

  /** One lost heartbeat does no harm; so many that leases expire do. */
  #report(error: unknown): void {
    const { clock, leaseMs, logger } = this.parts;
    if (this.#stopping.signal.aborted) return;
    if (error !== null) logger.debug('Sending a heartbeat failed', { error });
    const isLapsed = error !== null && clock.monotonicMs() >= this.#provenUntilMs;
    if (isLapsed && !this.#isLapsed) {
      const seconds = Math.round(leaseMs / 1000);
      logger.warn(`No heartbeat was stored for ${seconds} s; other workers may take over the runs of this one`, {
        error,
      });
    }
    if (error === null && this.#isLapsed) logger.info('Heartbeats are stored again');
    this.#isLapsed = isLapsed;
  }
}
