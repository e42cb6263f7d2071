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
import type { RunTracer } from './run/run-trace.js';
import type { RunObserver } from './run-observer.js';
import type { RunSlots } from './slots.js';
import type { WorkerHostSettings } from './worker-host-settings.js';

/** Ends the worker with a failure for which retrying cannot succeed. */
export type FatalHandler = (error: unknown) => void;

function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`worker-host.host.${name}`);
}

/**
 * Tokens of the host container. The last registration of a token wins, so an extension (`registerHost`) replaces a part that the host
 * was created with.
 *
 * Every value lives as long as the host. The container disposes of the instances that it created, by class or by factory, in reverse
 * order of creation; the values that the host was created with belong to its creator.
 */
export const HOST_TOKENS = {
  /** The host container, parent of the containers of the runs. */
  Container: token<DependencyContainer>('Container'),
  Orchestrator: token<Orchestrator>('Orchestrator'),
  Plugin: token<WorkerPlugin>('Plugin'),
  Settings: token<WorkerHostSettings>('Settings'),
  /** Replaceable. Delays between retries. */
  RetryPolicy: token<RetryPolicy>('RetryPolicy'),
  /** Replaceable. Limits the number of active runs. */
  Slots: token<RunSlots>('Slots'),
  /** Replaceable, for the plugin as well. */
  Clock: TOKENS.Clock,
  /** Replaceable, for the plugin as well. The worker's own log. */
  Logger: TOKENS.Logger,
  /** A collection: each receives every measurement of host and plugin. */
  MetricsSink: token<Meter>('MetricsSink'),
  /** Passes measurements to the sinks. */
  Meter: TOKENS.Meter,
  /** A collection: each sink receives every event of host and plugin, in addition to the control plane. */
  EventSink: token<EventSink>('EventSink'),
  /** Passes events to the control plane and the sinks. */
  Events: TOKENS.Events,
  /** Absent: tracing is disabled. */
  Tracer: token<RunTracer>('Tracer'),
  Secrets: TOKENS.Secrets,
  Environment: token<Readonly<Record<string, string | undefined>>>('Environment'),
  /** Template of a pool without one. */
  DefaultTemplate: token<JsonObject>('DefaultTemplate'),
  /** Disposes of the instances that the containers of plugin and host created. */
  Dispose: token<() => Promise<void>>('Dispose'),
  OnFatal: token<FatalHandler>('OnFatal'),
  /** Notified of the ends of runs. */
  RunObserver: token<RunObserver>('RunObserver'),
  /** Called when a run that was claimed here is over and its slot is free. */
  OnSlotFree: token<() => void>('OnSlotFree'),
} as const;
