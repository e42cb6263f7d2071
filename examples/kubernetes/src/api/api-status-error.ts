import { WorkerError } from '@worker-host/core';

/** The body of a refusal: a Kubernetes `Status`. */
export interface ApiStatus {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly reason?: string }[] };
}

/** The Kubernetes API refuses a request for what it asks. */
export class ApiStatusError extends WorkerError {
  readonly code = 'KUBERNETES_REQUEST_REFUSED';
  readonly reason: string;
  /** What the API says, without the values that it quotes: they may be secret. */
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

/** True for a refusal with this HTTP status. */
export function isStatus(error: unknown, status: number): error is ApiStatusError {
  return error instanceof ApiStatusError && error.status === status;
}
