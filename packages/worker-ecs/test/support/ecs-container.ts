import 'reflect-metadata';
import {
  type Clock,
  type EventSink,
  type Logger,
  SecretRegistry,
  silentEventSink,
  silentLogger,
  silentMeter,
  systemClock,
  TOKENS,
  type WorkerOptions,
} from '@worker-host/core';
import { container, type DependencyContainer, type InjectionToken } from 'tsyringe';
import { ECS_TOKENS } from '../../src/ecs-tokens.js';
import { registerParts } from '../../src/register-parts.js';
import type { TaskRunPreparer } from '../../src/task-run/launch-types.js';
import type { ECSWorker } from '../../src/worker.js';

/** Parts that a test registers in the container of the plugin. */
export interface EcsSurroundings {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly events?: EventSink;
  readonly options?: Partial<WorkerOptions>;
  /** Replacements of the plugin's own parts. */
  readonly parts?: readonly (readonly [InjectionToken, unknown])[];
}

/** Creates the plugin's container as a host does. */
export function anEcsContainer(surroundings: EcsSurroundings = {}): DependencyContainer {
  const { clock = systemClock, logger = silentLogger, events = silentEventSink, options, parts = [] } = surroundings;
  const child = container.createChildContainer();
  child.registerInstance(TOKENS.Logger, logger);
  child.registerInstance(TOKENS.Clock, clock);
  child.registerInstance(TOKENS.Meter, silentMeter);
  child.registerInstance(TOKENS.Secrets, new SecretRegistry());
  child.registerInstance(TOKENS.Events, events);
  child.registerInstance(TOKENS.WorkerOptions, {
    workerType: 'ecs',
    workerName: 'worker-1',
    workPoolName: 'ecs-pool',
    environment: {},
    hostCollectsOutput: false,
    ...options,
  });
  registerParts(child);
  for (const [token, part] of parts) child.registerInstance(token, part);
  return child;
}

export function anEcsWorker(surroundings: EcsSurroundings = {}): ECSWorker {
  return anEcsContainer(surroundings).resolve(TOKENS.Worker) as ECSWorker;
}

export function aTaskRunPreparer(options: Partial<WorkerOptions>): TaskRunPreparer {
  return anEcsContainer({ options }).resolve(ECS_TOKENS.TaskRunPreparer);
}
