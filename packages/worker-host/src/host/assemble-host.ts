import { randomUUID } from 'node:crypto';
import {
  bindWorker,
  buildBaseJobTemplate,
  type Clock,
  type EventSink,
  type Logger,
  SecretRegistry,
  silentLogger,
  silentMeter,
  systemClock,
} from '@worker-host/core';
import { Anticipation } from './anticipation.js';
import { Cancellation } from './cancellation.js';
import type { CreateWorkerHostOptions } from './create-options.js';
import { GuardedWorker } from './guarded-worker.js';
import { withDefaults } from './host-options.js';
import type { HostParts } from './host-parts.js';
import { HostPool } from './host-pool.js';
import { HostRuns } from './host-runs.js';
import { LiveRuns } from './live-runs.js';
import { Poller } from './poller.js';
import { Recovery } from './recovery.js';
import { RunConfigurations } from './run-configuration.js';
import { RunKiller } from './run-killer.js';
import { Slots } from './slots.js';

/** What only the host itself can say. */
export interface HostHooks {
  /** Aborted when the host stops watching its runs. */
  readonly watching: AbortSignal;
  readonly onFatal: (error: unknown) => void;
  /** A run that was carried out is over, and its slot is free. */
  readonly onSlotFree: () => void;
}

/** All the parts of one worker host, put together; nothing has happened yet. */
export interface AssembledHost {
  readonly parts: HostParts;
  readonly pool: HostPool;
  readonly anticipation: Anticipation;
  readonly poller: Poller;
  readonly recovery: Recovery;
  readonly cancellation: Cancellation;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Lets go of what the plugin bound. */
  dispose(): Promise<void>;
}

/** @throws PluginBindsNoWorkerError */
export function assembleHost(options: CreateWorkerHostOptions, hooks: HostHooks): AssembledHost {
  const { orchestrator, plugin, clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const { secrets = new SecretRegistry(), environment = {} } = options;
  const defaultName = `${plugin.type} ${randomUUID()}`;
  const settings = withDefaults(options.settings, defaultName, orchestrator.hostReportsStates);
  const events: EventSink = { emit: (event) => orchestrator.emit(event) };
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
  const pool = new HostPool(plugin.type, options.baseJobTemplate ?? buildBaseJobTemplate(plugin));
  const parts: HostParts = {
    orchestrator,
    plugin,
    worker: new GuardedWorker(bound.worker, logger),
    settings,
    clock,
    logger,
    meter,
    secrets,
    environment,
    slots: new Slots(settings.limit),
    runs: new LiveRuns((size) => meter.gauge('worker_host_runs_alive', size)),
    watching: hooks.watching,
    workPool: () => pool.current,
    baseJobTemplate: () => pool.template,
    onFatal: hooks.onFatal,
  };
  const configurations = new RunConfigurations(parts);
  const killer = new RunKiller(parts);
  const anticipation = new Anticipation(parts, configurations);
  const runs = new HostRuns(parts, configurations, killer, hooks.onSlotFree);
  return {
    parts,
    pool,
    clock,
    logger,
    anticipation,
    poller: new Poller(parts, {
      createRun: (flowRun, slot) => runs.create(flowRun, slot),
      begin: (run, onClaimed) => runs.begin(run, onClaimed),
      anticipate: () => anticipation.begin(),
    }),
    recovery: new Recovery(parts, {
      configurations,
      killer,
      takeUp: (interrupted, infrastructurePid) => runs.takeUp(interrupted, infrastructurePid),
    }),
    cancellation: new Cancellation(parts, configurations, killer),
    dispose: () => bound.dispose(),
  };
}
