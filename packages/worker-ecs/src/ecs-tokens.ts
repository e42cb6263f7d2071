import type { InjectionToken } from 'tsyringe';
import type { AwsClientsProvider } from './aws/aws-clients.js';
import type { EcsBudgetLimits, EcsBudgets } from './aws/budgets/account-budgets.js';
import type { RequestHandler } from './aws/connection/sdk-client-config.js';
import type { AwsCredentialSource } from './aws/connection/sdk-credential-source.js';
import type { LaunchErrorRow } from './aws/launch-errors/launch-error-row.js';
import type {
  EcsAccountLookup,
  EcsDefinitionResolver,
  EcsEventsPulse,
  EcsLogLocator,
  EcsNetworkResolver,
  EcsOutputForwarder,
  EcsPlacedClients,
  EcsTaskEventPublisher,
  EcsTaskRunFollower,
  EcsTaskStopper,
  EcsTaskWatcher,
} from './ecs-parts.js';
import type { EcsSettings } from './ecs-settings.js';
import type { EcsTaskEventReceiver, EcsTaskEventSource } from './observation/events/task-event-source.js';
import type { EcsLogReader } from './observation/logs/log-reader.js';
import type { StopReasonRow } from './observation/stop-reasons/stop-reason-row.js';
import type { PrepareTaskDefinition } from './task-definition/prepare-task-definition.js';
import type { RegisterTaskDefinition } from './task-definition/task-definition-resolver.js';
import type { TaskLauncher, TaskRunPreparer } from './task-run/launch-types.js';
import type { LaunchRule } from './task-run/rules/task-run-to-check.js';

function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`worker-host.token.ecs.${name}`);
}

/**
 * The parts of the plugin. The last registration of a token wins, so a plugin that extends this one, or an extension, replaces a
 * part by registering another.
 *
 * Each part is created once per worker, when it is first needed, and disposed of with the worker in reverse order of creation;
 * functions, rows and rules are values. A collection has a member for each registration, and is read when its reader is created.
 */
export const ECS_TOKENS = {
  /** Settings of the worker, read from `TOKENS.WorkerOptions`. */
  Settings: token<EcsSettings>('Settings'),
  /** Provides the credentials that sign calls. */
  AwsCredentialSource: token<AwsCredentialSource>('AwsCredentialSource'),
  /** Sends the requests of the SDK instead of the network. Null: the network is used. */
  AwsRequestHandler: token<RequestHandler | null>('AwsRequestHandler'),
  /** Creates clients without rate limits. */
  AwsClientFactory: token<AwsClientsProvider>('AwsClientFactory'),
  /** Returns the rates of a region: a function. */
  BudgetLimits: token<EcsBudgetLimits>('BudgetLimits'),
  /** The budgets of each account, which all of its calls share. */
  Budgets: token<EcsBudgets>('Budgets'),
  /** The factory's clients within the budgets: all other parts call AWS with them. */
  AwsClients: token<AwsClientsProvider>('AwsClients'),
  Accounts: token<EcsAccountLookup>('Accounts'),
  PlacedClients: token<EcsPlacedClients>('PlacedClients'),
  /** Builds the task definition of a configuration; a pure function. */
  DefinitionPreparer: token<PrepareTaskDefinition>('DefinitionPreparer'),
  /** Registers a definition with retries: a function. */
  DefinitionRegistrar: token<RegisterTaskDefinition>('DefinitionRegistrar'),
  DefinitionResolver: token<EcsDefinitionResolver>('DefinitionResolver'),
  NetworkResolver: token<EcsNetworkResolver>('NetworkResolver'),
  /** A collection: validation before a launch. A rule replaces an earlier one with the same name. */
  LaunchRule: token<LaunchRule>('LaunchRule'),
  TaskRunPreparer: token<TaskRunPreparer>('TaskRunPreparer'),
  /** A collection: kinds of launch errors. The row that was registered last is matched first. */
  LaunchErrorRow: token<LaunchErrorRow>('LaunchErrorRow'),
  TaskLauncher: token<TaskLauncher>('TaskLauncher'),
  TaskStopper: token<EcsTaskStopper>('TaskStopper'),
  EventsPulse: token<EcsEventsPulse>('EventsPulse'),
  TaskWatcher: token<EcsTaskWatcher>('TaskWatcher'),
  /** Receives the events of the sources. */
  TaskEventReceiver: token<EcsTaskEventReceiver>('TaskEventReceiver'),
  /** A collection: sources of task events. */
  TaskEventSource: token<EcsTaskEventSource>('TaskEventSource'),
  TaskEventPublisher: token<EcsTaskEventPublisher>('TaskEventPublisher'),
  LogLocator: token<EcsLogLocator>('LogLocator'),
  /** A collection: readers of task output. The reader that was registered last is tried first. */
  LogReader: token<EcsLogReader>('LogReader'),
  OutputForwarder: token<EcsOutputForwarder>('OutputForwarder'),
  /** A collection: the diagnoses of ends. The row that was registered last is matched first. */
  StopReasonRow: token<StopReasonRow>('StopReasonRow'),
  TaskRunFollower: token<EcsTaskRunFollower>('TaskRunFollower'),
} as const;
