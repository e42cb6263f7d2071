import { WorkerError } from '@worker-host/core';

/** The run must not be launched any more. The reason of `RunContext.cancelled`. */
export class RunCancelledError extends WorkerError {
  readonly code = 'RUN_CANCELLED';

  constructor(flowRunId: string) {
    super(`The run was cancelled [run=${flowRunId}]`, { details: { flowRunId } });
  }
}

/** The worker released the run before its end was processed. The reason with which `RunContext.reported` rejects. */
export class RunReleasedError extends WorkerError {
  readonly code = 'RUN_RELEASED';

  constructor(flowRunId: string) {
    super(`The worker released the run before its end was reported; the run is offered again [run=${flowRunId}]`, {
      details: { flowRunId },
    });
  }
}

/** The host stops watching; the infrastructure is not touched. The reason of `RunContext.signal`. */
export class HostStopsWatchingError extends WorkerError {
  readonly code = 'HOST_STOPS_WATCHING';

  constructor() {
    super('The worker stops watching its runs. Their jobs keep running, and the next worker of the pool resumes them.');
  }
}

/** The control plane responded to a read with neither data nor an outage. The read is retried. */
export class ControlPlaneReadError extends WorkerError {
  readonly code = 'CONTROL_PLANE_READ_FAILED';

  constructor(what: string, options: ErrorOptions) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`Reading ${what} failed: ${reason}`, { ...options, details: { what, reason } });
  }
}

/** The control plane repeatedly asked to wait before it accepts the end of a run. */
export class ReportNotAcceptedError extends WorkerError {
  readonly code = 'REPORT_NOT_ACCEPTED';

  constructor(flowRunId: string, state: string, tries: number) {
    super(
      `The control plane did not accept the final state of the run after ${tries} attempts [run=${flowRunId}, state=${state}]: it asks to wait`,
      { details: { flowRunId, state, tries } },
    );
  }
}

/** The deployment of a run no longer exists, so its job cannot be rendered. */
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
      `Work pool '${name}' does not exist [at=${at}]. Create it with \`worker-host pool create\`, or let start create it.`,
      { details: { name, at } },
    );
  }
}

/** The pool has another type than the worker. */
export class WorkPoolTypeMismatchError extends WorkerError {
  readonly code = 'WORK_POOL_TYPE_MISMATCH';

  constructor(name: string, poolType: string, workerType: string) {
    super(
      `The work pool has another type than the worker [pool=${name}, pool type=${poolType}, worker type=${workerType}]. ` +
        `Start the worker with --type ${poolType}, or choose another pool.`,
      { details: { name, poolType, workerType } },
    );
  }
}

/** A worker resolved with something other than a result. */
export class WorkerResultInvalidError extends WorkerError {
  readonly code = 'WORKER_RESULT_INVALID';

  constructor(type: string, got: string) {
    super(`The worker ended a run without a result [type=${type}, got=${got}]. This is a bug in the plugin.`, {
      details: { type, got },
    });
  }
}

/** A plugin does not finish its setup or teardown in time. */
export class PluginTooSlowError extends WorkerError {
  readonly code = 'PLUGIN_TOO_SLOW';

  constructor(type: string, what: 'setup' | 'teardown', limitSeconds: number) {
    super(
      `The ${what} of the plugin did not finish within ${limitSeconds} s [type=${type}]. This is a bug in the plugin.`,
      {
        details: { type, what, limitSeconds },
      },
    );
  }
}

/** The plugin threw outside the promise of a call, in a timer or an event: the call may never settle. */
export class PluginFaultError extends WorkerError {
  readonly code = 'PLUGIN_FAULT';

  constructor(type: string, method: string, options: ErrorOptions) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(
      `The plugin threw an error outside of the promise of ${method}() [type=${type}]: ${reason}. This is a bug in the plugin.`,
      { ...options, details: { type, method } },
    );
  }
}

/** The plugin failed with an error that cannot be read: its members throw, or are not texts. */
export class PluginErrorUnreadable extends WorkerError {
  readonly code = 'PLUGIN_ERROR_UNREADABLE';

  constructor(type: string) {
    super(`The plugin failed with an error that cannot be read [type=${type}]. This is a bug in the plugin.`, {
      details: { type },
    });
  }
}

/** The plugin cannot be set up. */
export class PluginSetupFailedError extends WorkerError {
  readonly code = 'PLUGIN_SETUP_FAILED';

  constructor(type: string, options: ErrorOptions) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(
      `The setup of the plugin failed [type=${type}]: ${reason}. Report it to the plugin's author; --debug shows where.`,
      { ...options, details: { type } },
    );
  }
}

/** The plugin passed something to its context that the contract does not allow. */
export class PluginCallInvalidError extends WorkerError {
  readonly code = 'PLUGIN_CALL_INVALID';

  constructor(type: string, call: string, expected: string) {
    super(
      `The plugin called ${call} with an invalid value; expected ${expected} [type=${type}]. This is a bug in the plugin.`,
      {
        details: { type, call, expected },
      },
    );
  }
}

/** Formats an error as `Type: text`, for people. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name}: ${error.message}`;
}
