import type { EventsPulse } from './observation/events/events-pulse.js';
import type { LogLocator } from './observation/logs/log-locator.js';
import type { OutputForwarder } from './observation/logs/output-forwarder.js';
import type { TaskRunFollower } from './observation/task-run-follower.js';
import type { TaskEventPublisher } from './observation/watch/task-event-publisher.js';
import type { TaskWatcher } from './observation/watch/task-watcher.js';
import type { AccountLookup } from './place/account-lookup.js';
import type { PlacedClients } from './place/placed-clients.js';
import type { TaskStopper } from './recovery/task-stopper.js';
import type { TaskDefinitionResolver } from './task-definition/task-definition-resolver.js';
import type { NetworkResolver } from './task-run/network-resolver.js';

/** Determines which account clients belong to. */
export type EcsAccountLookup = Pick<AccountLookup, 'learn' | 'accountOf'>;
/** Provides clients for existing resources, in their account and region. */
export type EcsPlacedClients = Pick<PlacedClients, 'in' | 'areIn'>;
/** Finds or registers task definitions. */
export type EcsDefinitionResolver = Pick<TaskDefinitionResolver, 'resolve' | 'resolveLinked'>;
/** Finds the network of a task. */
export type EcsNetworkResolver = Pick<NetworkResolver, 'resolve'>;
/** Watches tasks to their end. */
export type EcsTaskWatcher = Pick<
  TaskWatcher,
  'size' | 'problems' | 'watch' | 'orderStop' | 'isWatched' | 'knows' | 'apply' | 'keepEarly' | 'close'
>;
/** Determines whether task events arrive reliably. */
export type EcsEventsPulse = Pick<EventsPulse, 'received' | 'shared' | 'foundByPolling' | 'provesAlive'>;
/** Follows one task to its end: progress, events, output, and what its end means. */
export type EcsTaskRunFollower = Pick<TaskRunFollower, 'follow'>;
/** Emits an event for each change of a task. */
export type EcsTaskEventPublisher = Pick<TaskEventPublisher, 'publish'>;
/** Locates the output of a task in CloudWatch Logs. */
export type EcsLogLocator = Pick<LogLocator, 'locate'>;
/** Copies the output of running containers. */
export type EcsOutputForwarder = Pick<OutputForwarder, 'follow'>;
/** Stops tasks, and confirms it. */
export type EcsTaskStopper = Pick<TaskStopper, 'stop' | 'noteLaunch'>;
