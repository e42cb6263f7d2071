import type {
  Clock,
  JsonObject,
  Logger,
  Meter,
  Orchestrator,
  SecretRegistry,
  WorkerPlugin,
  WorkPool,
} from '@worker-host/core';
import type { GuardedWorker } from './guarded-worker.js';
import type { WorkerHostSettings } from './host-options.js';
import type { LiveRuns } from './live-runs.js';
import type { Slots } from './slots.js';

/** What the parts of one worker host share. */
export interface HostParts {
  readonly orchestrator: Orchestrator;
  readonly plugin: WorkerPlugin;
  readonly worker: GuardedWorker;
  readonly settings: WorkerHostSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly secrets: SecretRegistry;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly slots: Slots;
  readonly runs: LiveRuns;
  /** Aborted when the host stops watching its runs. */
  readonly watching: AbortSignal;
  /** The pool as it was last read. Null: never, or it is gone. */
  workPool(): WorkPool | null;
  /** The pool's base job template; the default one while it has none. */
  baseJobTemplate(): JsonObject;
  /** Ends the worker: something happened that no later try can mend. */
  onFatal(error: unknown): void;
}
