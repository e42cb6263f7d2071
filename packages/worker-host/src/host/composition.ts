import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import {
  bindWorker,
  buildBaseJobTemplate,
  type Clock,
  extendHost,
  extensionConcerns,
  type JsonObject,
  type Logger,
  type Meter,
  type Orchestrator,
  ownContainer,
  SecretRegistry,
  silentLogger,
  silentMeter,
  systemClock,
  type WorkerBindings,
  type WorkerExtension,
  type WorkerPlugin,
} from '@worker-host/core';
import type { DependencyContainer } from 'tsyringe';
import type { Tracing } from '../tracing/tracing.js';
import { ControlRequests } from './control-requests.js';
import { GuardedWorker } from './guarded-worker.js';
import { Heartbeat } from './loops/heartbeat.js';
import { Poller } from './loops/poller.js';
import { Prewarming } from './loops/prewarming.js';
import { Reconciler } from './loops/reconciler.js';
import { StartOrder } from './loops/start-order.js';
import { TakeOver } from './loops/take-over.js';
import { Readiness } from './readiness.js';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry.js';
import { ActiveRuns } from './run/active-runs.js';
import { InfrastructureStopper } from './run/infrastructure-stopper.js';
import { OutputTails } from './run/output-tails.js';
import { RunConfigurations } from './run/run-configuration.js';
import { RunManager } from './run/run-manager.js';
import { RunReporter } from './run/run-reporter.js';
import { type RunObserver, silentObserver } from './run-observer.js';
import { ServedPool } from './served-pool.js';
import { FanOutEvents, FanOutMeter } from './sinks.js';
import { Slots } from './slots.js';
import { StatusReader } from './status.js';
import { type FatalHandler, HOST_TOKENS } from './tokens.js';
import { WorkerHost } from './worker-host.js';
import { type GivenHostSettings, withDefaults } from './worker-host-settings.js';

/** Components of a worker host. */
export interface CreateWorkerHostOptions {
  readonly orchestrator: Orchestrator;
  readonly plugin: WorkerPlugin;
  readonly settings: GivenHostSettings;
  /** The worker's own log. Default: none. */
  readonly logger?: Logger;
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Default: no measurements. */
  readonly meter?: Meter;
  /** Traces the runs; closed by its creator. Default: tracing is disabled. */
  readonly tracing?: Tracing | null;
  /** Default: a new registry. */
  readonly secrets?: SecretRegistry;
  /** Extensions that replace or add parts of host and plugin. Default: none. */
  readonly extensions?: readonly WorkerExtension[];
  /** Delays between retries. Default: {@link DEFAULT_RETRY_POLICY}. */
  readonly retryPolicy?: RetryPolicy;
  /** The process environment, for `{{ $NAME }}` and for the plugin. Default: empty. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Notified of the ends of runs. Default: none. */
  readonly observer?: RunObserver;
  /** Template of a pool that is created, or has none. Default: the plugin's. */
  readonly baseJobTemplate?: JsonObject;
}

// biome-ignore lint/suspicious/noExplicitAny: the constructors have nothing in common
type InjectableClass = new (...parts: any[]) => object;

/** Classes with one instance per host. */
const SINGLETONS = [
  ServedPool,
  Readiness,
  ActiveRuns,
  OutputTails,
  RunReporter,
  RunConfigurations,
  InfrastructureStopper,
  RunManager,
  Prewarming,
  Heartbeat,
  Poller,
  TakeOver,
  Reconciler,
  StartOrder,
  ControlRequests,
  StatusReader,
  WorkerHost,
] as const;

/**
 * Composes a worker host: a container of the host, one of the plugin, and one of each run. It starts nothing.
 *
 * @throws PluginBindsNoWorkerError, ExtensionFailedError
 */
export function createWorkerHost(options: CreateWorkerHostOptions): WorkerHost {
  const { orchestrator, plugin, extensions = [], environment = {} } = options;
  const { container: host, dispose } = ownContainer('Disposing parts of the host failed');
  const settings = withDefaults(options.settings, `${plugin.type} ${randomUUID()}`, orchestrator.hostReportsStates);
  host.registerInstance<DependencyContainer>(HOST_TOKENS.Container, host);
  host.registerInstance(HOST_TOKENS.Orchestrator, orchestrator);
  host.registerInstance(HOST_TOKENS.Plugin, plugin);
  host.registerInstance(HOST_TOKENS.Settings, settings);
  host.registerInstance(HOST_TOKENS.RetryPolicy, options.retryPolicy ?? DEFAULT_RETRY_POLICY);
  host.registerSingleton(HOST_TOKENS.Slots, Slots);
  host.registerInstance(HOST_TOKENS.Clock, options.clock ?? systemClock);
  host.registerInstance(HOST_TOKENS.Logger, options.logger ?? silentLogger);
  host.registerInstance(HOST_TOKENS.MetricsSink, options.meter ?? silentMeter);
  host.registerSingleton(HOST_TOKENS.Meter, FanOutMeter);
  host.registerSingleton(HOST_TOKENS.Events, FanOutEvents);
  if (options.tracing) {
    host.registerInstance(HOST_TOKENS.Tracer, options.tracing);
    options.tracing.serve({ name: settings.workerName, id: () => orchestrator.workerId });
  }
  host.registerInstance(HOST_TOKENS.Secrets, options.secrets ?? new SecretRegistry());
  host.registerInstance(HOST_TOKENS.Environment, environment);
  host.registerInstance(HOST_TOKENS.RunObserver, options.observer ?? silentObserver);
  host.registerInstance(HOST_TOKENS.DefaultTemplate, options.baseJobTemplate ?? buildBaseJobTemplate(plugin));
  for (const singleton of SINGLETONS) host.registerSingleton(singleton as InjectableClass);
  extendHost(extensions, host);
  const logger = host.resolve(HOST_TOKENS.Logger);
  const clock = host.resolve(HOST_TOKENS.Clock);
  const bindings: WorkerBindings = {
    logger: logger.child({ plugin: plugin.type }),
    clock,
    meter: host.resolve(HOST_TOKENS.Meter),
    secrets: host.resolve(HOST_TOKENS.Secrets),
    events: host.resolve(HOST_TOKENS.Events),
    options: {
      workerName: settings.workerName,
      workPoolName: settings.workPoolName,
      environment,
      hostCollectsOutput: orchestrator.hostReportsStates,
    },
  };
  const bound = bindWorker(plugin, bindings, extensions);
  for (const extension of extensions)
    if (!extensionConcerns(extension, plugin))
      logger.warn('An extension is for plugins of other types', { extension: extension.name, types: extension.types });
  host.registerInstance(GuardedWorker, new GuardedWorker(bound.worker, logger, clock));
  host.registerInstance(HOST_TOKENS.Dispose, async () => {
    try {
      await bound.dispose();
    } finally {
      await dispose();
    }
  });
  // The host and its parts refer to each other: they are resolved when the callbacks are called.
  const onFatal: FatalHandler = (error) => workerHost.fail(error);
  host.registerInstance(HOST_TOKENS.OnFatal, onFatal);
  host.registerInstance(HOST_TOKENS.OnSlotFree, () => poller.slotFreed());
  const workerHost = host.resolve(WorkerHost);
  const poller = host.resolve(Poller);
  return workerHost;
}
