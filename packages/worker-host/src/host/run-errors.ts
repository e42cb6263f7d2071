import { WorkerError } from '@worker-host/core';

/** The run shall not be launched any more. The reason of `RunContext.cancelled`. */
export class RunCancelledError extends WorkerError {
  readonly code = 'RUN_CANCELLED';

  constructor(flowRunId: string) {
    super(`The run was cancelled [run=${flowRunId}]`, { details: { flowRunId } });
  }
}

/** The worker let go of the run before its end was acted upon. The reason by which `RunContext.reported` rejects. */
export class RunLeftError extends WorkerError {
  readonly code = 'RUN_LEFT';

  constructor(flowRunId: string) {
    super(`The worker let go of the run before its end was reported; it is taken up again [run=${flowRunId}]`, {
      details: { flowRunId },
    });
  }
}

/** The host stops watching; the infrastructure is left as it is. The reason of `RunContext.signal`. */
export class HostLetsGoError extends WorkerError {
  readonly code = 'HOST_LETS_GO';

  constructor() {
    super('The worker stops watching its runs. They go on; the next worker of the pool takes them up.');
  }
}

/** The deployment of a run no longer exists, so there is nothing to render its job from. */
export class DeploymentGoneError extends WorkerError {
  readonly code = 'DEPLOYMENT_GONE';

  constructor(deploymentId: string, flowRunId: string) {
    super(`The deployment of the run no longer exists [deployment=${deploymentId}, run=${flowRunId}]`, {
      details: { deploymentId, flowRunId },
    });
  }
}

/** The pool the worker serves does not exist. */
export class WorkPoolNotFoundError extends WorkerError {
  readonly code = 'WORK_POOL_NOT_FOUND';

  constructor(name: string, at: string) {
    super(
      `There is no such work pool [pool=${name}, at=${at}]. Create it with \`worker-host pool create\`, or let start create it.`,
      { details: { name, at } },
    );
  }
}

/** The pool is of another type than the worker. */
export class WorkPoolTypeMismatchError extends WorkerError {
  readonly code = 'WORK_POOL_TYPE_MISMATCH';

  constructor(name: string, poolType: string, workerType: string) {
    super(
      `The work pool is of another type than the worker [pool=${name}, pool type=${poolType}, worker type=${workerType}]. ` +
        `Start the worker with --type ${poolType}, or name another pool.`,
      { details: { name, poolType, workerType } },
    );
  }
}

/** A worker settled with something else than a result. */
export class WorkerResultInvalidError extends WorkerError {
  readonly code = 'WORKER_RESULT_INVALID';

  constructor(type: string, got: string) {
    super(`The worker ended a run without a result [type=${type}, got=${got}]. This is a fault of the plugin.`, {
      details: { type, got },
    });
  }
}

/** The worker lost sight of infrastructure it launched and has no way to find it again. */
export class RunUnwatchableError extends WorkerError {
  readonly code = 'RUN_UNWATCHABLE';

  constructor(type: string, infrastructurePid: string, reason: string, options?: ErrorOptions) {
    super(
      `The job can no longer be watched, as this worker type cannot resume [type=${type}, infrastructure=${infrastructurePid}]: ${reason}. ` +
        'The infrastructure was left as it is.',
      { ...options, details: { type, infrastructurePid, reason } },
    );
  }
}

/** `Type: text`, as people read an error. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name}: ${error.message}`;
}
