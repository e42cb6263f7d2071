import type { InjectionToken } from 'tsyringe';
import type { EventSink } from '../events/event.js';
import type { Logger } from '../logging/logger.js';
import type { Meter } from '../metrics/meter.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import type { Clock } from '../time/clock.js';
import type { BaseWorker } from '../worker/base-worker.js';

/** Facts about the worker that a plugin may need. */
export interface WorkerOptions {
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

/** What the host binds for a plugin, and what the plugin binds for the host (`Worker`). */
export const TOKENS = {
  /** Bound by the plugin. */
  Worker: Symbol('Worker') as InjectionToken<BaseWorker>,
  /** Bound by the host, as are all below. */
  Logger: Symbol('Logger') as InjectionToken<Logger>,
  Clock: Symbol('Clock') as InjectionToken<Clock>,
  Meter: Symbol('Meter') as InjectionToken<Meter>,
  Secrets: Symbol('Secrets') as InjectionToken<SecretRegistry>,
  Events: Symbol('Events') as InjectionToken<EventSink>,
  WorkerOptions: Symbol('WorkerOptions') as InjectionToken<WorkerOptions>,
} as const;
