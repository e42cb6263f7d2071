import 'reflect-metadata';
import { container, type DependencyContainer } from 'tsyringe';
import type { EventSink } from '../events/event.js';
import type { Logger } from '../logging/logger.js';
import type { Meter } from '../metrics/meter.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import type { Clock } from '../time/clock.js';
import type { BaseWorker } from '../worker/base-worker.js';
import { Disposables } from './disposables.js';
import { PluginBindsNoWorkerError } from './plugin-errors.js';
import { TOKENS, type WorkerOptions } from './tokens.js';
import type { WorkerPlugin } from './worker-plugin.js';

/** What a host gives to a plugin's worker; see {@link TOKENS}. */
export interface WorkerBindings {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly secrets: SecretRegistry;
  readonly events: EventSink;
  readonly options: WorkerOptions;
}

/** A plugin's worker, and how to dispose of what was made with it. */
export interface BoundWorker {
  readonly worker: BaseWorker;
  /**
   * Disposes of everything the container made, by class or by factory, that has a `dispose` method: each once, the last
   * made first. To be called after the worker's teardown.
   */
  dispose(): Promise<void>;
}

/** A container with all that a plugin registers. */
interface BoundPlugin {
  readonly container: DependencyContainer;
  dispose(): Promise<void>;
}

/**
 * Lets a plugin bind its worker in a container of its own, and resolves it.
 *
 * @throws PluginBindsNoWorkerError
 */
export function bindWorker(plugin: WorkerPlugin, bindings: WorkerBindings): BoundWorker {
  const { container, dispose } = openContainer(bindings);
  const worker = resolveWorker(plugin, () => {
    plugin.register(container);
    return container.resolve(TOKENS.Worker);
  });
  return { worker, dispose };
}

/**
 * Calls with a container that holds all that a plugin registers, and disposes of it afterwards.
 *
 * @throws what the call throws
 */
export async function withPluginContainer<T>(
  plugin: WorkerPlugin,
  bindings: WorkerBindings,
  use: (container: DependencyContainer) => Promise<T>,
): Promise<T> {
  const { container, dispose } = openContainer(bindings);
  try {
    plugin.register(container);
    return await use(container);
  } finally {
    await dispose();
  }
}

function openContainer(bindings: WorkerBindings): BoundPlugin {
  const child = container.createChildContainer();
  child.registerInstance(TOKENS.Logger, bindings.logger);
  child.registerInstance(TOKENS.Clock, bindings.clock);
  child.registerInstance(TOKENS.Meter, bindings.meter);
  child.registerInstance(TOKENS.Secrets, bindings.secrets);
  child.registerInstance(TOKENS.Events, bindings.events);
  child.registerInstance(TOKENS.WorkerOptions, bindings.options);
  const disposables = Disposables.of(child);
  const dispose = async (): Promise<void> => {
    try {
      await disposables.dispose();
    } finally {
      await child.dispose();
    }
  };
  return { container: child, dispose };
}

function resolveWorker(plugin: WorkerPlugin, resolve: () => BaseWorker): BaseWorker {
  let worker: BaseWorker;
  try {
    worker = resolve();
  } catch (cause) {
    throw new PluginBindsNoWorkerError(plugin.type, cause instanceof Error ? cause.message : String(cause), { cause });
  }
  for (const method of ['setup', 'teardown', 'run', 'resume', 'killInfrastructure', 'listInfrastructure', 'health'])
    if (typeof (worker as unknown as Readonly<Record<string, unknown>>)[method] !== 'function')
      throw new PluginBindsNoWorkerError(plugin.type, `it has no method ${method}`);
  return worker;
}
