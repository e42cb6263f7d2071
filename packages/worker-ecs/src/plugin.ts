import 'reflect-metadata';
import { definePlugin, TOKENS } from '@worker-host/core';
import { type DependencyContainer, instanceCachingFactory } from 'tsyringe';
import { BudgetedAwsClientsProvider } from './aws/budgeted-aws-clients.js';
import { SdkAwsClientsProvider } from './aws/sdk-aws-clients.js';
import { ECSJobConfiguration } from './configuration/ecs-job-configuration.js';
import { ECSVariables } from './configuration/ecs-variables.js';
import { createEcsWorker } from './create-ecs-worker.js';
import { createTaskRunPreparer } from './create-task-run-preparer.js';
import { ECS_TOKENS } from './ecs-tokens.js';

/** Runs jobs as tasks of Amazon ECS. */
export const plugin = definePlugin({
  type: 'ecs',
  displayName: 'AWS Elastic Container Service',
  description: 'Runs each job as a task of Amazon ECS, on AWS Fargate or on EC2.',
  configuration: ECSJobConfiguration,
  variables: ECSVariables,
  register,
});

function register(container: DependencyContainer): void {
  if (!container.isRegistered(ECS_TOKENS.AwsClients, true)) {
    container.register(ECS_TOKENS.AwsClients, { useFactory: instanceCachingFactory(awsClients) });
  }
  if (!container.isRegistered(ECS_TOKENS.TaskRunPreparer, true)) {
    container.register(ECS_TOKENS.TaskRunPreparer, {
      useFactory: instanceCachingFactory((parts) =>
        createTaskRunPreparer(parts.resolve(TOKENS.WorkerOptions), parts.resolve(TOKENS.Clock)),
      ),
    });
  }
  container.register(TOKENS.Worker, { useFactory: instanceCachingFactory(worker) });
}

function awsClients(parts: DependencyContainer): BudgetedAwsClientsProvider {
  const clock = parts.resolve(TOKENS.Clock);
  const { environment } = parts.resolve(TOKENS.WorkerOptions);
  const sdk = new SdkAwsClientsProvider(
    environment,
    clock,
    parts.resolve(TOKENS.Secrets),
    parts.resolve(TOKENS.Logger),
  );
  return new BudgetedAwsClientsProvider(sdk, clock, parts.resolve(TOKENS.Meter));
}

function worker(parts: DependencyContainer) {
  return createEcsWorker({
    clients: parts.resolve(ECS_TOKENS.AwsClients),
    preparer: parts.resolve(ECS_TOKENS.TaskRunPreparer),
    options: parts.resolve(TOKENS.WorkerOptions),
    clock: parts.resolve(TOKENS.Clock),
    meter: parts.resolve(TOKENS.Meter),
    logger: parts.resolve(TOKENS.Logger),
    events: parts.resolve(TOKENS.Events),
  });
}
