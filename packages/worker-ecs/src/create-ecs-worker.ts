import type { Clock, EventSink, Logger, Meter, WorkerOptions } from '@worker-host/core';
import type { AwsClientsProvider } from './aws/aws-clients.js';
import { readEcsSettings } from './ecs-settings.js';
import { EventsPulse } from './observation/events-pulse.js';
import { LogLocator } from './observation/log-locator.js';
import { OutputForwarder } from './observation/output-forwarder.js';
import { TaskEventPublisher } from './observation/task-event-publisher.js';
import { TaskEventQueues } from './observation/task-event-queues.js';
import { TaskRunFollower } from './observation/task-run-follower.js';
import { TaskWatcher } from './observation/task-watcher.js';
import { EcsTaskLauncher } from './task-run/ecs-task-launcher.js';
import type { TaskRunPreparer } from './task-run/launch-types.js';
import { ECSWorker } from './worker.js';

/** What a worker is made from. */
export interface EcsWorkerSurroundings {
  readonly clients: AwsClientsProvider;
  readonly preparer: TaskRunPreparer;
  readonly options: WorkerOptions;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly events: EventSink;
}

/** Puts a worker together. Does no work. @throws EcsSettingsError */
export function createEcsWorker(surroundings: EcsWorkerSurroundings): ECSWorker {
  const { clients, preparer, options, clock, meter, logger, events } = surroundings;
  const settings = readEcsSettings(options.environment);
  const pulse = new EventsPulse();
  const watcher = new TaskWatcher({ settings, clock, meter, logger, pulse });
  const follower = new TaskRunFollower({
    watcher,
    publisher: new TaskEventPublisher(events, clock),
    locator: new LogLocator(settings),
    forwarder: new OutputForwarder(clock, meter, settings.logSettleSeconds),
    settings,
    meter,
  });
  return new ECSWorker({
    clients,
    preparer,
    launcher: new EcsTaskLauncher(settings, clock, meter),
    watcher,
    queues: new TaskEventQueues({ clients, settings, watcher, pulse, clock, meter, logger }),
    follower,
    settings,
    options,
    clock,
  });
}
