import type { JsonObject } from '../json/json.js';

const TAG = Symbol.for('worker-host.worker-error');

/**
 * Base class of every error that this project throws on purpose.
 *
 * A subclass represents one situation and is constructed from data. The message says what failed, then the coordinates
 * in brackets, then what to try. It never contains a secret. The original error is the `cause`.
 */
export abstract class WorkerError extends Error {
  readonly [TAG] = true;

  /** Stable identifier, UPPER_SNAKE, listed in docs/errors.md. Callers branch on it, not on the message. */
  abstract readonly code: string;

  /** Coordinates as data, for logs and `--json`. */
  readonly details: JsonObject;

  constructor(message: string, options: ErrorOptions & { details?: JsonObject } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.details = options.details ?? {};
  }
}

/** Returns whether a value is a {@link WorkerError}, by shape, so that errors of another installed copy count. */
export function isWorkerError(value: unknown): value is WorkerError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[TAG] === true;
}
