import type { Clock, JsonObject, Logger, Meter, Orchestrator, SecretRegistry, WorkerPlugin } from '@worker-host/core';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import type { RetryPolicy } from './retry.js';
import type { WorkerHostSettings } from './settings.js';

/** What ends the worker: a failure that no later try can mend. */
export type FatalHandler = (error: unknown) => void;

function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`worker-host.host.${name}`);
}

/**
 * What the host container holds beside its own classes. Every value lives as long as the host; the host disposes of
 * none of them, as it made none of them.
 */
export const HOST_TOKENS = {
  /** The host's own container, in which the container of each run is made. */
  Container: token<DependencyContainer>('Container'),
  Orchestrator: token<Orchestrator>('Orchestrator'),
  Plugin: token<WorkerPlugin>('Plugin'),
  Settings: token<WorkerHostSettings>('Settings'),
  RetryPolicy: token<RetryPolicy>('RetryPolicy'),
  Clock: token<Clock>('Clock'),
  Logger: token<Logger>('Logger'),
  Meter: token<Meter>('Meter'),
  Secrets: token<SecretRegistry>('Secrets'),
  Environment: token<Readonly<Record<string, string | undefined>>>('Environment'),
  /** Template of a pool that has none. */
  DefaultTemplate: token<JsonObject>('DefaultTemplate'),
  /** Disposes of what the plugin's container made. */
  DisposePlugin: token<() => Promise<void>>('DisposePlugin'),
  OnFatal: token<FatalHandler>('OnFatal'),
  /** Called when a run that was claimed here is over and its slot is free. */
  OnSlotFree: token<() => void>('OnSlotFree'),
} as const;
