import type { InjectionToken } from 'tsyringe';
import type { AwsClientsProvider } from './aws/aws-clients.js';
import type { TaskRunPreparer } from './task-run/launch-types.js';

/** Parts of the plugin that a container may hold beforehand, so that tests put others in their place. */
export const ECS_TOKENS = {
  AwsClients: Symbol.for('worker-host.token.ecs.AwsClients') as InjectionToken<AwsClientsProvider>,
  TaskRunPreparer: Symbol.for('worker-host.token.ecs.TaskRunPreparer') as InjectionToken<TaskRunPreparer>,
} as const;
