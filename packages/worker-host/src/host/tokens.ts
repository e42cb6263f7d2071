import {
  type EventSink,
  type JsonObject,
  type Meter,
  type Orchestrator,
  TOKENS,
  type WorkerPlugin,
} from '@worker-host/core';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import type { RetryPolicy } from './retry.js';
import type { RunObserver } from './run-observer.js';
import type { RunTracer } from './run/run-trace.js';
import type { RunSlots } from './slots.js';
import type { WorkerHostSettings } from './worker-host-settings.js';

/** What ends the worker: a failure that no later try can mend. */
export type FatalHandler = (error: unknown) => void;

function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`worker-host.host.${name}`);
}

/**
 * What the host container holds beside its own classes. Of several registrations of a token the last counts, so that an
 * extension (`registerHost`) replaces what the host was created with.
 *
 * Lifetime: every value lives as long as the host. What the container makes, by class or by factory, it disposes of at the
 * host's end, last made first; what the host was created with belongs to its creator.
 */
export const HOST_TOKENS = {
  /** The host's own container, in which the container of each run is made. */
  Container: token<DependencyContainer>('Container'),
  Orchestrator: token<Orchestrator>('Orchestrator'),
  Plugin: token<WorkerPlugin>('Plugin'),
  Settings: token<WorkerHostSettings>('Settings'),
  /** May be replaced. How long the host waits between tries. */
  RetryPolicy: token<RetryPolicy>('RetryPolicy'),
  /** May be replaced. How many runs may be active. */
  Slots: token<RunSlots>('Slots'),
  /** May be replaced, for the plugin as well. */
  Clock: TOKENS.Clock,
  /** May be replaced, for the plugin as well. The worker's own log. */
  Logger: TOKENS.Logger,
  /** A collection: each gets every measurement of host and plugin. */
  MetricsSink: token<Meter>('MetricsSink'),
  /** Gives measurements to the sinks. */
  Meter: TOKENS.Meter,
  /** A collection: each gets every event of host and plugin, beside the control plane. */
  EventSink: token<EventSink>('EventSink'),
  /** Gives events to the control plane and the sinks. */
  Events: TOKENS.Events,
  /** Absent: traces are off. */
  Tracer: token<RunTracer>('Tracer'),
  Secrets: TOKENS.Secrets,
  Environment: token<Readonly<Record<string, string | undefined>>>('Environment'),
  /** Template of a pool that has none. */
  DefaultTemplate: token<JsonObject>('DefaultTemplate'),
  /** Disposes of what the containers of plugin and host made. */
  Dispose: token<() => Promise<void>>('Dispose'),
  OnFatal: token<FatalHandler>('OnFatal'),
  /** Is told of the ends of runs. */
  RunObserver: token<RunObserver>('RunObserver'),
  /** Called when a run that was claimed here is over and its slot is free. */
  OnSlotFree: token<() => void>('OnSlotFree'),
} as const;
