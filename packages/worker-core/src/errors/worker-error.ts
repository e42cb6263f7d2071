import type { JsonObject } from '../json/json.js';

const TAG = Symbol.for('worker-host.worker-error');

/**
 * Base of every error this project throws on purpose.
 *
 * A subclass stands for one situation and is built from data. Its message says what failed, then the coordinates in
 * brackets, then what to try. It never holds a secret. The original error travels as `cause`.
 */
export abstract class WorkerError extends Error {
  readonly [TAG] = true;

  /** Stable identifier, UPPER_SNAKE, listed in docs/errors.md. Callers branch on it, not on the message. */
  abstract readonly code: string;

  /** The coordinates as data, for logs and `--json`. */
  readonly details: JsonObject;

  constructor(message: string, options: ErrorOptions & { details?: JsonObject } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.details = options.details ?? {};
  }
}

/** Recognises a {@link WorkerError} by shape, also one from a second installed copy of this package. */
export function isWorkerError(value: unknown): value is WorkerError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[TAG] === true;
}
