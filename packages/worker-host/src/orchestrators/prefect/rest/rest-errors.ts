import { WorkerError } from '@worker-host/core';

/** Response of the server to a request that it did not execute. */
export interface Refusal {
  readonly method: string;
  /** Without the base URL. */
  readonly path: string;
  readonly status: number;
  /** The server's own message; never the request's body. */
  readonly detail: string;
}

/** The requested object does not exist (any more). */
export class PrefectNotFoundError extends WorkerError {
  readonly code = 'PREFECT_NOT_FOUND';

  constructor(readonly refusal: Refusal) {
    super(`Prefect has no such object [${coordinates(refusal)}]: ${refusal.detail}`, { details: { ...refusal } });
  }
}

/** An object with this name already exists, or another uniqueness constraint is violated. */
export class PrefectConflictError extends WorkerError {
  readonly code = 'PREFECT_CONFLICT';

  constructor(readonly refusal: Refusal) {
    super(`Prefect already has such an object [${coordinates(refusal)}]: ${refusal.detail}`, {
      details: { ...refusal },
    });
  }
}

/** The server understood the request and permanently rejects it. */
export class PrefectRefusedError extends WorkerError {
  readonly code = 'PREFECT_REFUSED';

  constructor(readonly refusal: Refusal) {
    super(`Prefect refused the request [${coordinates(refusal)}]: ${refusal.detail}`, { details: { ...refusal } });
  }
}

/** Prefect Cloud's plan does not include the requested feature. */
export class PrefectPlanError extends WorkerError {
  readonly code = 'PREFECT_PLAN_NOT_SUPPORTED';

  constructor(readonly refusal: Refusal) {
    super(
      `The plan of this Prefect Cloud workspace does not include the request [${coordinates(refusal)}]: ${refusal.detail} ` +
        'Use a work pool that exists and is of a type the plan includes, or change the plan.',
      { details: { ...refusal } },
    );
  }
}

/** Returns whether the server executed nothing and will not: it rejects the request, or does not know its object. */
export function isRefusal(error: unknown): boolean {
  return [PrefectConflictError, PrefectNotFoundError, PrefectPlanError, PrefectRefusedError].some(
    (kind) => error instanceof kind,
  );
}

/** The response is not one of this API: another service has the URL, or it is a proxy's page. */
export class PrefectAnswerUnreadableError extends WorkerError {
  readonly code = 'PREFECT_ANSWER_UNREADABLE';

  constructor(method: string, path: string, status: number, reason: string, options?: ErrorOptions) {
    super(
      `The response cannot be read [${method} ${path}, status=${status}]: ${reason}. ` +
        'Check that PREFECT_API_URL is the address of a Prefect API, usually ending in /api.',
      { ...options, details: { method, path, status, reason } },
    );
  }
}

/** A response, or a list of several, exceeds the maximum size. The cause of an `OrchestratorUnavailableError`. */
export class PrefectAnswerTooLargeError extends WorkerError {
  readonly code = 'PREFECT_ANSWER_TOO_LARGE';

  constructor(method = 'GET', path: string, reason: string) {
    super(
      `The response is not read [${method} ${path}]: ${reason}. ` +
        'Request less data, or check that PREFECT_API_URL is the address of a Prefect API.',
      { details: { method, path, reason } },
    );
  }
}

/** The server works, but fails to read one record. */
export class PrefectRecordUnreadableError extends WorkerError {
  readonly code = 'CONTROL_PLANE_RECORD_UNREADABLE';

  constructor(kind: string, id: string) {
    super(`Prefect responds with 500 when ${kind} ${id} is read, but reads others. Repair or delete the ${kind}.`, {
      details: { kind, id },
    });
  }
}

/** The server's version is not supported by this worker. */
export class PrefectServerVersionError extends WorkerError {
  readonly code = 'PREFECT_SERVER_VERSION';

  constructor(serverVersion: string, clientVersion: string) {
    super(
      `The Prefect server is of another major version [server=${serverVersion}, spoken=${clientVersion}]. ` +
        'Use a server of the same major version, or set PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED=false to try it.',
      { details: { serverVersion, clientVersion } },
    );
  }
}

function coordinates(refusal: Refusal): string {
  return `${refusal.method} ${refusal.path}, status=${refusal.status}`;
}
