import { WorkerError } from '../errors/worker-error.js';

/** A worker plugin bound no worker, or one of a wrong shape. */
export class PluginBindsNoWorkerError extends WorkerError {
  readonly code = 'PLUGIN_BINDS_NO_WORKER';

  constructor(type: string, problem: string, options?: ErrorOptions) {
    super(
      `The plugin does not give a usable worker [type=${type}]: ${problem}. Its register must bind TOKENS.Worker.`,
      {
        ...options,
        details: { type, problem },
      },
    );
  }
}
