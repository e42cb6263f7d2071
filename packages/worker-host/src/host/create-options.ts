import type { Clock, JsonObject, Logger, Meter, Orchestrator, SecretRegistry, WorkerPlugin } from '@worker-host/core';
import type { GivenHostSettings } from './host-options.js';

/** What a worker host is assembled from. */
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
  /** The process environment, for `{{ $NAME }}` and for the plugin. Default: empty. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Template of a pool that is made, or whose own is empty. Default: the plugin's. */
  readonly baseJobTemplate?: JsonObject;
}
