import { WorkerError } from '../errors/worker-error.js';

/** A worker plugin bound no worker, or one without the required methods. */
export class PluginBindsNoWorkerError extends WorkerError {
  readonly code = 'PLUGIN_BINDS_NO_WORKER';

  constructor(type: string, problem: string, options?: ErrorOptions) {
    super(
      `The plugin registers no usable worker [type=${type}]: ${problem}. Its register function must bind TOKENS.Worker.`,
      {
        ...options,
        details: { type, problem },
      },
    );
  }
}

/**
 * A plugin extends something that is not a plugin, or its classes are incompatible with the worker of the base plugin.
 */
export class PluginBaseInvalidError extends WorkerError {
  readonly code = 'PLUGIN_BASE_INVALID';

  constructor(type: string, problem: string) {
    super(`The plugin '${type}' cannot extend its base: ${problem}.`, { details: { type, problem } });
  }
}

/** An extension failed to register its parts. */
export class ExtensionFailedError extends WorkerError {
  readonly code = 'EXTENSION_FAILED';

  constructor(name: string, container: 'host' | 'plugin', cause: unknown) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    super(
      `The extension '${name}' failed to register its parts in the container of the ${container}: ${problem}. Correct the extension, or start without it.`,
      { cause, details: { name, container } },
    );
  }
}
