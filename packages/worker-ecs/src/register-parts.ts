import { TOKENS } from '@worker-host/core';
import { type DependencyContainer, type InjectionToken, instanceCachingFactory, Lifecycle } from 'tsyringe';
import { SdkAwsClientsProvider } from './aws/adapters/sdk-aws-clients.js';
import { awsBudgetLimits, BudgetRegistry } from './aws/budgets/account-budgets.js';
import { BudgetedAwsClientsProvider } from './aws/budgets/budgeted-aws-clients.js';
import { SdkCredentialSource } from './aws/connection/sdk-credential-source.js';
import { LAUNCH_ERROR_TABLE } from './aws/launch-errors/launch-error-table.js';
import { readEcsSettings } from './ecs-settings.js';
import { ECS_TOKENS } from './ecs-tokens.js';
import { EventsPulse } from './observation/events/events-pulse.js';
import { TaskEventQueues } from './observation/events/task-event-queues.js';
import { TaskEventReceiver } from './observation/events/task-event-receiver.js';
import { CloudWatchLogReader } from './observation/logs/cloudwatch-log-reader.js';
import { LogLocator } from './observation/logs/log-locator.js';
import { OutputForwarder } from './observation/logs/output-forwarder.js';
import { STOP_REASON_TABLE } from './observation/stop-reasons/stop-reason-table.js';
import { TaskRunFollower } from './observation/task-run-follower.js';
import { TaskEventPublisher } from './observation/watch/task-event-publisher.js';
import { TaskWatcher } from './observation/watch/task-watcher.js';
import { AccountLookup } from './place/account-lookup.js';
import { PlacedClients } from './place/placed-clients.js';
import { TaskStopper } from './recovery/task-stopper.js';
import { prepareTaskDefinition } from './task-definition/prepare-task-definition.js';
import { createRegistration } from './task-definition/register-task-definition.js';
import { TaskDefinitionResolver } from './task-definition/task-definition-resolver.js';
import { EcsTaskLauncher } from './task-run/ecs-task-launcher.js';
import { EcsTaskRunPreparer } from './task-run/ecs-task-run-preparer.js';
import { NetworkResolver } from './task-run/network-resolver.js';
import { LAUNCH_RULES } from './task-run/rules/task-run-rules.js';
import { ECSWorker } from './worker.js';

type PartClass = new (...parts: never[]) => object;

/** Created once per container, when first needed. */
const CLASSES: readonly (readonly [InjectionToken, PartClass])[] = [
  [ECS_TOKENS.AwsCredentialSource, SdkCredentialSource],
  [ECS_TOKENS.AwsClientFactory, SdkAwsClientsProvider],
  [ECS_TOKENS.Budgets, BudgetRegistry],
  [ECS_TOKENS.AwsClients, BudgetedAwsClientsProvider],
  [ECS_TOKENS.Accounts, AccountLookup],
  [ECS_TOKENS.PlacedClients, PlacedClients],
  [ECS_TOKENS.DefinitionResolver, TaskDefinitionResolver],
  [ECS_TOKENS.NetworkResolver, NetworkResolver],
  [ECS_TOKENS.TaskRunPreparer, EcsTaskRunPreparer],
  [ECS_TOKENS.TaskLauncher, EcsTaskLauncher],
  [ECS_TOKENS.TaskStopper, TaskStopper],
  [ECS_TOKENS.EventsPulse, EventsPulse],
  [ECS_TOKENS.TaskWatcher, TaskWatcher],
  [ECS_TOKENS.TaskEventReceiver, TaskEventReceiver],
  [ECS_TOKENS.TaskEventSource, TaskEventQueues],
  [ECS_TOKENS.TaskEventPublisher, TaskEventPublisher],
  [ECS_TOKENS.LogLocator, LogLocator],
  [ECS_TOKENS.LogReader, CloudWatchLogReader],
  [ECS_TOKENS.OutputForwarder, OutputForwarder],
  [ECS_TOKENS.TaskRunFollower, TaskRunFollower],
  [TOKENS.Worker, ECSWorker],
];

/** Functions, and values read from the environment. */
const FACTORIES: readonly (readonly [InjectionToken, (parts: DependencyContainer) => unknown])[] = [
  [ECS_TOKENS.Settings, (parts) => readEcsSettings(parts.resolve(TOKENS.WorkerOptions).environment)],
  [ECS_TOKENS.AwsRequestHandler, () => null],
  [ECS_TOKENS.BudgetLimits, () => awsBudgetLimits],
  [ECS_TOKENS.DefinitionPreparer, () => prepareTaskDefinition],
  [
    ECS_TOKENS.DefinitionRegistrar,
    (parts) => createRegistration(parts.resolve(ECS_TOKENS.Settings).registration, parts.resolve(TOKENS.Clock)),
  ],
];

/** Members of collections. The last registered row is matched first, so the tables are registered in reverse. */
const VALUES: readonly (readonly [InjectionToken, readonly unknown[]])[] = [
  [ECS_TOKENS.LaunchRule, LAUNCH_RULES],
  [ECS_TOKENS.LaunchErrorRow, LAUNCH_ERROR_TABLE.toReversed()],
  [ECS_TOKENS.StopReasonRow, STOP_REASON_TABLE.toReversed()],
];

/** Registers the parts of the plugin. */
export function registerParts(container: DependencyContainer): void {
  for (const [token, part] of CLASSES)
    container.register(token, { useClass: part as never }, { lifecycle: Lifecycle.ContainerScoped });
  for (const [token, make] of FACTORIES) container.register(token, { useFactory: instanceCachingFactory(make) });
  for (const [token, values] of VALUES) for (const useValue of values) container.register(token, { useValue });
}
