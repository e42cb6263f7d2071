import 'reflect-metadata';
import type { DependencyContainer } from 'tsyringe';
import type { EventSink } from '../events/event.js';
import type { Logger } from '../logging/logger.js';
import type { Meter } from '../metrics/meter.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import type { Clock } from '../time/clock.js';
import type { BaseWorker } from '../worker/base-worker.js';
import { type OwnContainer, ownContainer } from './own-container.js';
import { ExtensionFailedError, PluginBindsNoWorkerError } from './plugin-errors.js';
import { TOKENS, type WorkerOptions } from './tokens.js';
import { extendPlugin, type WorkerExtension } from './worker-extension.js';
import type { WorkerPlugin } from './worker-plugin.js';

/** Parts that the host provides to the worker of a plugin; see {@link TOKENS}. */
export interface WorkerBindings {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly secrets: SecretRegistry;
  readonly events: EventSink;
  readonly options: Omit<WorkerOptions, 'workerType'>;
}

/** A worker, and how to dispose of its parts. */
export interface BoundWorker {
  readonly worker: BaseWorker;
  /**
   * Disposes once of everything that the container created, by class or by factory, and that has a `dispose` method, in
   * reverse order of creation. Call it after the worker's teardown.
   */
  dispose(): Promise<void>;
}

/**
 * Creates a container for a plugin, registers the plugin and the extensions that apply to it, and resolves the worker.
 *
 * @throws PluginBindsNoWorkerError, ExtensionFailedError
 */
export function bindWorker(
  plugin: WorkerPlugin,
  bindings: WorkerBindings,
  extensions: readonly WorkerExtension[] = [],
): BoundWorker {
  const { container, dispose } = openContainer(plugin, bindings);
  const worker = resolveWorker(plugin, () => {
    registerAll(plugin, extensions, container);
    return container.resolve(TOKENS.Worker);
  });
  return { worker, dispose };
}

/**
 * Calls a function with a container in which a plugin and its extensions are registered, and disposes of the container
 * afterwards.
 *
 * @throws ExtensionFailedError; any error of the function
 */
export async function withPluginContainer<T>(
  plugin: WorkerPlugin,
  bindings: WorkerBindings,
  use: (container: DependencyContainer) => Promise<T>,
  extensions: readonly WorkerExtension[] = [],
): Promise<T> {
  const { container, dispose } = openContainer(plugin, bindings);
  try {
    registerAll(plugin, extensions, container);
    return await use(container);
  } finally {
    await dispose();
  }
}

function openContainer(plugin: WorkerPlugin, bindings: WorkerBindings): OwnContainer {
  const own = ownContainer('Disposing parts of the plugin failed');
  const { container } = own;
  container.registerInstance(TOKENS.Logger, bindings.logger);
  container.registerInstance(TOKENS.Clock, bindings.clock);
  container.registerInstance(TOKENS.Meter, bindings.meter);
  container.registerInstance(TOKENS.Secrets, bindings.secrets);
  container.registerInstance(TOKENS.Events, bindings.events);
  container.registerInstance(TOKENS.WorkerOptions, { ...bindings.options, workerType: plugin.type });
  return own;
}

function registerAll(
  plugin: WorkerPlugin,
  extensions: readonly WorkerExtension[],
  container: DependencyContainer,
): void {
  plugin.register(container);
  extendPlugin(extensions, plugin, container);
}

function resolveWorker(plugin: WorkerPlugin, resolve: () => BaseWorker): BaseWorker {
  let worker: BaseWorker;
  try {
    worker = resolve();
  } catch (cause) {
    if (cause instanceof ExtensionFailedError) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new PluginBindsNoWorkerError(plugin.type, `${problem}${adviceOn(problem)}`, { cause });
  }
  for (const method of ['setup', 'teardown', 'run', 'resume', 'killInfrastructure', 'listInfrastructure', 'health'])
    if (typeof (worker as unknown as Readonly<Record<string, unknown>>)[method] !== 'function')
      throw new PluginBindsNoWorkerError(plugin.type, `it has no method ${method}`);
  return worker;
}

/** Describes what a class lacks if the container does not know its parameters. */
function adviceOn(problem: string): string {
  const [, name] = /TypeInfo not known for "(.+?)"/.exec(problem) ?? [];
  if (name === undefined) return '';
  return ` (${name} needs @injectable(), and "experimentalDecorators": true and "emitDecoratorMetadata": true in the compilerOptions of tsconfig.json; without decorators, register it with useFactory)`;
}
