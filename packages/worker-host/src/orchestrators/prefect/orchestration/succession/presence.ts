import type { Clock, Logger } from '@worker-host/core';
import { withDeadline } from '../with-deadline.js';

/** A sent heartbeat (monotonic milliseconds). */
export interface Heartbeat {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** False: unknown whether, or when, the server stores it. */
  readonly isTaken: boolean;
}

export interface PresenceDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two heartbeats. */
  readonly intervalMs: number;
  /** Duration of leases from the start of a heartbeat. */
  readonly leaseMs: number;
  /** Sends one heartbeat; resolves when the server has stored it. */
  readonly send: (signal: AbortSignal) => Promise<void>;
  /** Returns whether regular heartbeats are needed: they are cheap, or a lease depends on them. */
  readonly isNeeded: () => boolean;
  /** Returns the error to reject with after a failed heartbeat. */
  readonly asFailure: (error: unknown) => unknown;
  readonly onHeartbeat: (heartbeat: Heartbeat) => void;
  /** Reads whose heartbeat the server has, if it matters: before one of ours replaces it, and immediately after. */
  readonly look: (signal: AbortSignal) => Promise<void>;
}

/** Time limit of a heartbeat; after it, the heartbeat is lost, and the next one is sent at its own time. */
const DEADLINE_MS = 8000;
/** Maximum delay of a heartbeat by the read before it. */
const LOOK_DEADLINE_MS = 2000;
const JITTER = 0.1;
const FRESH_MS = 1000;

/**
 * The worker's heartbeats, at a fixed interval that failures do not lengthen. The leases of this process are valid for
 * a time after each one, and no other worker takes over a run before.
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

  /** Monotonic milliseconds until which no other worker considers this one dead. */
  get provenUntilMs(): number {
    return this.#provenUntilMs;
  }

  /** Returns whether the server has stored a heartbeat that was sent within the last second. */
  get isFresh(): boolean {
    return this.parts.clock.monotonicMs() < this.#provenUntilMs - this.parts.leaseMs + FRESH_MS;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the worker stops'));
    this.#nap?.abort();
    await this.#loop;
  }

  /** Sends the next heartbeat now if the last one is old, because a lease starts to depend on them. */
  wake(): void {
    const { clock, intervalMs, leaseMs } = this.parts;
    if (clock.monotonicMs() > this.#provenUntilMs - leaseMs + intervalMs) this.#nap?.abort();
  }

  /**
   * Pauses heartbeats until then, so that those of another process of the name are visible; never at the expense of
   * leases.
   */
  hold(untilMs: number): void {
    this.#heldUntilMs = untilMs;
  }

  /** Records a heartbeat that was sent with something else, and that the server may store. */
  noteSent(beganAtMs: number): void {
    this.parts.onHeartbeat({ beganAtMs, endedAtMs: this.parts.clock.monotonicMs(), isTaken: false });
  }

  /** Records a heartbeat that the server stored with something else, such as the set-up of a channel. */
  note(beganAtMs: number): void {
    this.#provenUntilMs = Math.max(this.#provenUntilMs, beganAtMs + this.parts.leaseMs);
    this.parts.onHeartbeat({ beganAtMs, endedAtMs: this.parts.clock.monotonicMs(), isTaken: true });
  }

  /** Sends a heartbeat now, or joins the one in progress. Rejects if the server has stored none by the deadline. */
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

  /** A single lost heartbeat is harmless; enough of them make leases expire. */
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
