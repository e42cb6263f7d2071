import type { InjectionToken } from 'tsyringe';
import type { EventSink } from '../events/event.js';
import type { Logger } from '../logging/logger.js';
import type { Meter } from '../metrics/meter.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import type { Clock } from '../time/clock.js';
import type { BaseWorker } from '../worker/base-worker.js';

/** Facts about the worker that a plugin may need. */
export interface WorkerOptions {
  /** The type of the plugin that is served. */
  readonly workerType: string;
  readonly workerName: string;
  readonly workPoolName: string;
  /** The process environment, read by the host in one place. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * True: the worker copies the output of the job to the log of the run with `RunContext.output`. False: the flow engine inside
   * the job reports its log.
   */
  readonly hostCollectsOutput: boolean;
}

/** A global symbol, so that it is the same in every installed copy of this package. */
function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`worker-host.token.${name}`);
}

/**
 * Tokens that the host binds for a plugin, and that the plugin binds for the host (`Worker`). Instances live as long as the worker.
 * The host disposes of `Worker`, if the container created it, after the worker's teardown.
 */
export const TOKENS = {
  /** Bound by the plugin. */
  Worker: token<BaseWorker>('Worker'),
  /** Bound by the host, like all following tokens. */
  Logger: token<Logger>('Logger'),
  Clock: token<Clock>('Clock'),
  Meter: token<Meter>('Meter'),
  Secrets: token<SecretRegistry>('Secrets'),
  Events: token<EventSink>('Events'),
  WorkerOptions: token<WorkerOptions>('WorkerOptions'),
} as const;
