import { type Clock, isWorkerError, type Logger, linkSignals } from '@worker-host/core';
import type { CleanupMessage, OperationResult } from './channel-frames.js';

/** A run that was cancelled and did not end in time, so that the server made it Cancelled. */
export const CANCELLING_TIMEOUT = 'cancelling_timeout_teardown.v1';
/** Message kinds requested in the hello. */
export const REQUESTED_CLEANUP_KINDS = [CANCELLING_TIMEOUT];
/** Message kinds that are executed. */
const KNOWN_CLEANUP_KINDS = new Set([...REQUESTED_CLEANUP_KINDS, 'pending_claim_teardown.v1']);
export const MAX_CLEANUP_CONCURRENCY = 1;

export interface CleanupDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sends an operation, waiting for a connection; returns the frame's id. */
  readonly send: (type: string, payload: object, signal: AbortSignal) => Promise<string>;
  /** Stops the remaining infrastructure of the run. Rejects on failure. */
  readonly tearDown: (message: CleanupMessage) => Promise<void>;
}

type Settlement = 'accepted' | 'lost';

const RENEW_BEFORE_EXPIRY_MS = 5000;
const RESULT_TIMEOUT_MS = 30_000;
const OPERATION_TRIES = 3;
const OPERATION_RETRY_MS = 1000;
const MOST_EARLY_RESULTS = 100;
/** Maximum number of concurrent messages; the server delivers others again after their reservation ends. */
const MOST_UNSETTLED = 100;
/** Minimum interval between renewals of a reservation. */
const LEAST_RENEWAL_MS = 500;
/**
 * A released message is delivered again immediately and soon dead-lettered, so a failing teardown is retried under the
 * lease.
 */
const TEARDOWN_RETRY_WAITS_MS = [1000, 2000, 4000, 8000, 15_000];
/** Errors for which retrying cannot help, and the reason of the release. */
const FINAL_REASONS: Readonly<Record<string, string>> = {
  INFRASTRUCTURE_NOT_AVAILABLE: 'infrastructure_not_available',
  NOT_SUPPORTED_BY_WORKER: 'unsupported_worker_type',
};

/**
 * Executes cleanup messages: each has a reservation, which is renewed while it is processed; then it is acknowledged or
 * released.
 */
export class CleanupExecutor {
  readonly #active = new Map<string, AbortController>();
  readonly #awaited = new Map<string, (result: OperationResult) => void>();
  readonly #early = new Map<string, OperationResult>();
  readonly #work = new Set<Promise<void>>();

  constructor(private readonly parts: CleanupDependencies) {}

  take(message: CleanupMessage): void {
    if (message.leaseMs <= 0 || this.#active.has(message.reservationToken)) return;
    if (this.#work.size >= MOST_UNSETTLED) return;
    const lost = new AbortController();
    const isOver = this.#active.size >= MAX_CLEANUP_CONCURRENCY;
    if (!isOver) this.#active.set(message.reservationToken, lost);
    const work = (
      isOver
        ? this.#settle('release', message, lost.signal, 'concurrency_limit_reached')
        : this.#carryOut(message, lost)
    )
      .catch((error: unknown) => {
        if (!lost.signal.aborted)
          this.parts.logger.warn('Answering a cleanup message failed', { ...idsOf(message), error });
      })
      .finally(() => {
        if (!isOver) this.#active.delete(message.reservationToken);
        this.#work.delete(work);
      }) as Promise<void>;
    this.#work.add(work);
  }

  takeResult(result: OperationResult): void {
    const waiting = this.#awaited.get(result.requestFrameId);
    if (waiting) waiting(result);
    else if (this.#early.size < MOST_EARLY_RESULTS) this.#early.set(result.requestFrameId, result);
  }

  /** Every reservation is lost: handlers finish by themselves, nothing more is sent. */
  loseAll(): void {
    for (const lost of this.#active.values()) lost.abort(new Error('the reservation is lost'));
  }

  /** Resolves when no message is being processed. */
  async idle(): Promise<void> {
    await Promise.all(this.#work);
  }

  async #carryOut(message: CleanupMessage, lost: AbortController): Promise<void> {
    const { logger, tearDown } = this.parts;
    if (!KNOWN_CLEANUP_KINDS.has(message.kind) || message.flowRunId === null) {
      await this.#settle('release', message, lost.signal, 'unsupported_cleanup_kind');
      return;
    }
    logger.info('The server requests a stop of the infrastructure of a run', { ...idsOf(message), kind: message.kind });
    const renewing = new AbortController();
    const renewal = this.#keepLease(message, lost, renewing.signal);
    let reason: string | null = null;
    for (let tries = 0; ; tries += 1) {
      try {
        await tearDown(message);
        reason = null;
        break;
      } catch (error) {
        const final = isWorkerError(error) ? FINAL_REASONS[error.code] : undefined;
        reason = final ?? 'handler_failed';
        const waitMs = TEARDOWN_RETRY_WAITS_MS[tries];
        logger.warn('Stopping the infrastructure of a run failed', {
          ...idsOf(message),
          error,
          again: !final && waitMs !== undefined,
        });
        if (final !== undefined || waitMs === undefined || lost.signal.aborted) break;
        await this.parts.clock.sleep(waitMs, lost.signal).catch(() => {});
      }
    }
    renewing.abort();
    await renewal;
    if (lost.signal.aborted) return;
    await this.#settle(reason === null ? 'ack' : 'release', message, lost.signal, reason);
  }

  async #keepLease(message: CleanupMessage, lost: AbortController, signal: AbortSignal): Promise<void> {
    let leaseMs = message.leaseMs;
    while (!signal.aborted && !lost.signal.aborted) {
      const untilRenewalMs = Math.max(leaseMs - RENEW_BEFORE_EXPIRY_MS, leaseMs / 2, LEAST_RENEWAL_MS);
      try {
        await this.parts.clock.sleep(untilRenewalMs, signal);
        const limitMs = Math.max(leaseMs - untilRenewalMs, OPERATION_RETRY_MS);
        const result = await this.#operate('cleanup.renew.v1', keysOf(message), lost.signal, limitMs);
        if (result.status !== 'accepted') {
          lost.abort(new Error(`the reservation is lost: ${result.status}`));
          return;
        }
        leaseMs = result.leaseMs ?? leaseMs;
      } catch (error) {
        if (!signal.aborted) lost.abort(error);
        return;
      }
    }
  }

  async #settle(
    operation: 'ack' | 'release',
    message: CleanupMessage,
    signal: AbortSignal,
    reason: string | null,
  ): Promise<Settlement> {
    const payload = operation === 'ack' ? keysOf(message) : { ...keysOf(message), reason };
    const result = await this.#operate(`cleanup.${operation}.v1`, payload, signal, RESULT_TIMEOUT_MS);
    const isSettled = result.status === 'accepted' || (operation === 'ack' && result.status === 'not_found');
    if (!isSettled) {
      this.parts.logger.info('The reservation of a cleanup message is lost', {
        ...idsOf(message),
        status: result.status,
      });
    }
    return isSettled ? 'accepted' : 'lost';
  }

  async #operate(type: string, payload: object, signal: AbortSignal, limitMs: number): Promise<OperationResult> {
    let last: unknown = new Error('no result');
    for (let tries = 0; tries < OPERATION_TRIES; tries += 1) {
      if (tries > 0) await this.parts.clock.sleep(OPERATION_RETRY_MS, signal);
      try {
        const result = await this.#once(type, payload, signal, limitMs);
        if (result.status !== 'error') return result;
        last = new Error(result.reason ?? 'error');
      } catch (error) {
        signal.throwIfAborted();
        last = error;
      }
    }
    throw last;
  }

  async #once(type: string, payload: object, signal: AbortSignal, limitMs: number): Promise<OperationResult> {
    const frameId = await this.parts.send(type, payload, signal);
    const early = this.#early.get(frameId);
    if (early) {
      this.#early.delete(frameId);
      return early;
    }
    const waiting = new AbortController();
    const either = linkSignals(waiting.signal, signal);
    try {
      return await Promise.race([
        new Promise<OperationResult>((resolve) => {
          this.#awaited.set(frameId, resolve);
        }),
        this.parts.clock.sleep(limitMs, either.signal).then(() => {
          throw new Error('no result in time');
        }),
      ]);
    } finally {
      this.#awaited.delete(frameId);
      waiting.abort();
      either.dispose();
    }
  }
}

function keysOf(message: CleanupMessage): { readonly message_id: string; readonly reservation_token: string } {
  return { message_id: message.messageId, reservation_token: message.reservationToken };
}

function idsOf(message: CleanupMessage): { readonly flowRunId: string | null; readonly messageId: string } {
  return { flowRunId: message.flowRunId, messageId: message.messageId };
}
