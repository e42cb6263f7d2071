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
   * True: nothing inside the job reports its output, so the worker copies it to the run's log while the job runs, by
   * `RunContext.output`. False: the job's own engine reports its log.
   */
  readonly hostCollectsOutput: boolean;
}

/** The same in every installed copy of this package: a plugin may bring its own. */
function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`worker-host.token.${name}`);
}

/**
 * What the host binds for a plugin, and what the plugin binds for the host (`Worker`). Each lives as long as the worker.
 * The host disposes of `Worker`, where the container made it, after the worker's teardown.
 */
export const TOKENS = {
  /** Bound by the plugin. */
  Worker: token<BaseWorker>('Worker'),
  /** Bound by the host, as are all below. */
  Logger: token<Logger>('Logger'),
  Clock: token<Clock>('Clock'),
  Meter: token<Meter>('Meter'),
  Secrets: token<SecretRegistry>('Secrets'),
  Events: token<EventSink>('Events'),
  WorkerOptions: token<WorkerOptions>('WorkerOptions'),
} as const;
