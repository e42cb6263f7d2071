import { TOKENS } from '@worker-host/core';
import { type DependencyContainer, type InjectionToken, instanceCachingFactory, Lifecycle } from 'tsyringe';
import { BudgetedAwsClientsProvider } from './aws/budgeted-aws-clients.js';
import { LAUNCH_ERROR_TABLE } from './aws/launch-error-table.js';
import { SdkAwsClientsProvider } from './aws/sdk-aws-clients.js';
import { readEcsSettings } from './ecs-settings.js';
import { ECS_TOKENS } from './ecs-tokens.js';
import { EventsPulse } from './observation/events-pulse.js';
import { LogLocator } from './observation/log-locator.js';
import { OutputForwarder } from './observation/output-forwarder.js';
import { STOP_REASON_TABLE } from './observation/stop-reason-table.js';
import { TaskEventPublisher } from './observation/task-event-publisher.js';
import { TaskEventQueues } from './observation/task-event-queues.js';
import { TaskRunFollower } from './observation/task-run-follower.js';
import { TaskWatcher } from './observation/task-watcher.js';
import { AccountLookup } from './place/account-lookup.js';
import { PlacedClients } from './place/placed-clients.js';
import { TaskStopper } from './recovery/task-stopper.js';
import { createRegistration } from './task-definition/register-task-definition.js';
import { TaskDefinitionResolver } from './task-definition/task-definition-resolver.js';
import { EcsTaskLauncher } from './task-run/ecs-task-launcher.js';
import { EcsTaskRunPreparer } from './task-run/ecs-task-run-preparer.js';
import { NetworkResolver } from './task-run/network-resolver.js';
import { ECSWorker } from './worker.js';

type PartClass = new (...parts: never[]) => object;

/** Each is made once for a container, when it is first needed. */
const CLASSES: readonly (readonly [InjectionToken, PartClass])[] = [
  [ECS_TOKENS.Accounts, AccountLookup],
  [ECS_TOKENS.PlacedClients, PlacedClients],
  [ECS_TOKENS.DefinitionResolver, TaskDefinitionResolver],
  [ECS_TOKENS.NetworkResolver, NetworkResolver],
  [ECS_TOKENS.TaskRunPreparer, EcsTaskRunPreparer],
  [ECS_TOKENS.TaskLauncher, EcsTaskLauncher],
  [ECS_TOKENS.TaskStopper, TaskStopper],
  [ECS_TOKENS.EventsPulse, EventsPulse],
  [ECS_TOKENS.TaskWatcher, TaskWatcher],
  [ECS_TOKENS.TaskEventSource, TaskEventQueues],
  [ECS_TOKENS.TaskEventPublisher, TaskEventPublisher],
  [ECS_TOKENS.LogLocator, LogLocator],
  [ECS_TOKENS.OutputForwarder, OutputForwarder],
  [ECS_TOKENS.TaskRunFollower, TaskRunFollower],
];

/** What needs more than other parts to be made. */
const FACTORIES: readonly (readonly [InjectionToken, (parts: DependencyContainer) => unknown])[] = [
  [ECS_TOKENS.Settings, (parts) => readEcsSettings(parts.resolve(TOKENS.WorkerOptions).environment)],
  [ECS_TOKENS.AwsClients, awsClients],
  [
    ECS_TOKENS.DefinitionRegistrar,
    (parts) => createRegistration(parts.resolve(ECS_TOKENS.Settings).registration, parts.resolve(TOKENS.Clock)),
  ],
];

/** Registers the parts of the plugin, but for those that the container holds already. */
export function registerParts(container: DependencyContainer): void {
  const isGiven = (token: InjectionToken): boolean => container.isRegistered(token, true);
  for (const [token, part] of CLASSES) {
    if (isGiven(token)) continue;
    container.register(token, { useClass: part as never }, { lifecycle: Lifecycle.ContainerScoped });
  }
  for (const [token, make] of FACTORIES) {
    if (!isGiven(token)) container.register(token, { useFactory: instanceCachingFactory(make) });
  }
  for (const row of LAUNCH_ERROR_TABLE) container.register(ECS_TOKENS.LaunchErrorRow, { useValue: row });
  for (const row of STOP_REASON_TABLE) container.register(ECS_TOKENS.StopReasonRow, { useValue: row });
  container.register(TOKENS.Worker, { useClass: ECSWorker as never }, { lifecycle: Lifecycle.ContainerScoped });
}

function awsClients(parts: DependencyContainer): BudgetedAwsClientsProvider {
  const clock = parts.resolve(TOKENS.Clock);
  const { environment } = parts.resolve(TOKENS.WorkerOptions);
  const secrets = parts.resolve(TOKENS.Secrets);
  const sdk = new SdkAwsClientsProvider(environment, clock, secrets, parts.resolve(TOKENS.Logger));
  return new BudgetedAwsClientsProvider(sdk, clock, parts.resolve(TOKENS.Meter));
}
