import type { InjectionToken } from 'tsyringe';
import type { AwsClientsProvider } from './aws/aws-clients.js';
import type { LaunchErrorRow } from './aws/launch-error-row.js';
import type {
  EcsAccountLookup,
  EcsDefinitionResolver,
  EcsEventsPulse,
  EcsLogLocator,
  EcsNetworkResolver,
  EcsOutputForwarder,
  EcsPlacedClients,
  EcsTaskEventPublisher,
  EcsTaskEventSource,
  EcsTaskRunFollower,
  EcsTaskStopper,
  EcsTaskWatcher,
} from './ecs-parts.js';
import type { EcsSettings } from './ecs-settings.js';
import type { StopReasonRow } from './observation/stop-reason-row.js';
import type { RegisterTaskDefinition } from './task-definition/task-definition-resolver.js';
import type { TaskLauncher, TaskRunPreparer } from './task-run/launch-types.js';

function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`worker-host.token.ecs.${name}`);
}

/**
 * The parts of the plugin. Whatever a container holds for one of them before the plugin registers its own is used in its
 * place. Each is made once for a container, when it is first needed, and disposed of with it.
 */
export const ECS_TOKENS = {
  /** Settings of the worker, read from `TOKENS.WorkerOptions`. */
  Settings: token<EcsSettings>('Settings'),
  AwsClients: token<AwsClientsProvider>('AwsClients'),
  Accounts: token<EcsAccountLookup>('Accounts'),
  PlacedClients: token<EcsPlacedClients>('PlacedClients'),
  DefinitionRegistrar: token<RegisterTaskDefinition>('DefinitionRegistrar'),
  DefinitionResolver: token<EcsDefinitionResolver>('DefinitionResolver'),
  NetworkResolver: token<EcsNetworkResolver>('NetworkResolver'),
  TaskRunPreparer: token<TaskRunPreparer>('TaskRunPreparer'),
  /** A collection: rows registered before the plugin's own are matched first. */
  LaunchErrorRow: token<LaunchErrorRow>('LaunchErrorRow'),
  TaskLauncher: token<TaskLauncher>('TaskLauncher'),
  TaskStopper: token<EcsTaskStopper>('TaskStopper'),
  EventsPulse: token<EcsEventsPulse>('EventsPulse'),
  TaskWatcher: token<EcsTaskWatcher>('TaskWatcher'),
  TaskEventSource: token<EcsTaskEventSource>('TaskEventSource'),
  TaskEventPublisher: token<EcsTaskEventPublisher>('TaskEventPublisher'),
  LogLocator: token<EcsLogLocator>('LogLocator'),
  OutputForwarder: token<EcsOutputForwarder>('OutputForwarder'),
  /** A collection: rows registered before the plugin's own are matched first. */
  StopReasonRow: token<StopReasonRow>('StopReasonRow'),
  TaskRunFollower: token<EcsTaskRunFollower>('TaskRunFollower'),
} as const;
