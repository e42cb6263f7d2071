import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import {
  bindWorker,
  buildBaseJobTemplate,
  type Clock,
  type EventSink,
  type JsonObject,
  type Logger,
  type Meter,
  type Orchestrator,
  SecretRegistry,
  silentLogger,
  silentMeter,
  systemClock,
  type WorkerPlugin,
} from '@worker-host/core';
import { type DependencyContainer, container as root } from 'tsyringe';
import { ControlRequests } from './control-requests.js';
import { GuardedWorker } from './guarded-worker.js';
import { Heartbeat } from './loops/heartbeat.js';
import { Poller } from './loops/poller.js';
import { Prewarming } from './loops/prewarming.js';
import { Reconciler } from './loops/reconciler.js';
import { TakeOver } from './loops/take-over.js';
import { Readiness } from './readiness.js';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry.js';
import { ActiveRuns } from './run/active-runs.js';
import { InfrastructureStopper } from './run/infrastructure-stopper.js';
import { RunConfigurations } from './run/run-configuration.js';
import { RunManager } from './run/run-manager.js';
import { RunReporter } from './run/run-reporter.js';
import { ServedPool } from './served-pool.js';
import { type GivenHostSettings, withDefaults } from './settings.js';
import { Slots } from './slots.js';
import { StatusReader } from './status.js';
import { type FatalHandler, HOST_TOKENS } from './tokens.js';
import { WorkerHost } from './worker-host.js';

/** What a worker host is made of. */
export interface CreateWorkerHostOptions {
  readonly orchestrator: Orchestrator;
  readonly plugin: WorkerPlugin;
  readonly settings: GivenHostSettings;
  /** The worker's own log. Default: silent. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: measures nothing. */
  readonly meter?: Meter;
  /** Default: a new one. */
  readonly secrets?: SecretRegistry;
  /** How long the host waits between tries. Default: {@link DEFAULT_RETRY_POLICY}. */
  readonly retryPolicy?: RetryPolicy;
  /** The process environment, for `{{ $NAME }}` and for the plugin. Default: empty. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Template of a pool that is made, or whose own is empty. Default: the plugin's. */
  readonly baseJobTemplate?: JsonObject;
}

// biome-ignore lint/suspicious/noExplicitAny: the constructors have nothing in common
type InjectableClass = new (...parts: any[]) => object;

/** Classes of which a host has one each. */
const SINGLETONS = [
  ServedPool,
  Slots,
  Readiness,
  ActiveRuns,
  RunReporter,
  RunConfigurations,
  InfrastructureStopper,
  RunManager,
  Prewarming,
  Heartbeat,
  Poller,
  TakeOver,
  Reconciler,
  ControlRequests,
  StatusReader,
  WorkerHost,
] as const;

/**
 * Composes a worker host: a container of the host, in which the plugin gets one of its own, and each run another.
 * Nothing has happened yet when it returns.
 *
 * @throws PluginBindsNoWorkerError
 */
export function createWorkerHost(options: CreateWorkerHostOptions): WorkerHost {
  const { orchestrator, plugin, clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const { secrets = new SecretRegistry(), environment = {}, retryPolicy = DEFAULT_RETRY_POLICY } = options;
  const defaultName = `${plugin.type} ${randomUUID()}`;
  const settings = withDefaults(options.settings, defaultName, orchestrator.hostReportsStates);
  const events: EventSink = { emit: (event) => orchestrator.emit(event) };
  const host = root.createChildContainer();
  const bound = bindWorker(plugin, {
    logger: logger.child({ plugin: plugin.type }),
    clock,
    meter,
    secrets,
    events,
    options: {
      workerName: settings.workerName,
      workPoolName: settings.workPoolName,
      environment,
      hostCollectsOutput: orchestrator.hostReportsStates,
    },
  });
  host.registerInstance<DependencyContainer>(HOST_TOKENS.Container, host);
  host.registerInstance(HOST_TOKENS.Orchestrator, orchestrator);
  host.registerInstance(HOST_TOKENS.Plugin, plugin);
  host.registerInstance(HOST_TOKENS.Settings, settings);
  host.registerInstance(HOST_TOKENS.RetryPolicy, retryPolicy);
  host.registerInstance(HOST_TOKENS.Clock, clock);
  host.registerInstance(HOST_TOKENS.Logger, logger);
  host.registerInstance(HOST_TOKENS.Meter, meter);
  host.registerInstance(HOST_TOKENS.Secrets, secrets);
  host.registerInstance(HOST_TOKENS.Environment, environment);
  host.registerInstance(HOST_TOKENS.DefaultTemplate, options.baseJobTemplate ?? buildBaseJobTemplate(plugin));
  host.registerInstance(HOST_TOKENS.DisposePlugin, () => bound.dispose());
  host.registerInstance(GuardedWorker, new GuardedWorker(bound.worker, logger, clock));
  for (const singleton of SINGLETONS) host.registerSingleton(singleton as InjectableClass);
  // The host and its parts know each other: what ends the host, and what wakes its poll, is looked up when it happens.
  const onFatal: FatalHandler = (error) => host.resolve(WorkerHost).fail(error);
  host.registerInstance(HOST_TOKENS.OnFatal, onFatal);
  host.registerInstance(HOST_TOKENS.OnSlotFree, () => host.resolve(Poller).slotFreed());
  return host.resolve(WorkerHost);
}
