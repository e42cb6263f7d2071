import { WorkerError } from '@worker-host/core';

/** The body of an error response: a Kubernetes `Status`. */
export interface ApiStatus {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly reason?: string }[] };
}

/** The Kubernetes API rejects a request because of its content. */
export class ApiStatusError extends WorkerError {
  readonly code = 'KUBERNETES_REQUEST_REFUSED';
  readonly reason: string;
  /** Returns the API's message, without the values that it quotes, because they can be secret. */
  readonly problem: string;

  constructor(
    what: string,
    readonly status: number,
    { reason = 'Unknown', message = '', details }: ApiStatus,
  ) {
    const causes = (details?.causes ?? []).map(({ field = '', reason: why = '' }) => `${field} (${why})`);
    const problem = causes.length > 0 ? causes.join(', ') : message.slice(0, 500);
    super(`${what} was refused: ${status} ${reason}: ${problem}`, { details: { what, status, reason } });
    this.reason = reason;
    this.problem = problem;
  }
}

/** Returns whether an error is an API response with this HTTP status. */
export function isStatus(error: unknown, status: number): error is ApiStatusError {
  return error instanceof ApiStatusError && error.status === status;
}
