import type { EcsContainer, EcsTask } from './ecs-api.js';

/** Members of a task that are texts or numbers, but no times. */
export const TASK_MEMBERS = [
  'taskArn',
  'clusterArn',
  'taskDefinitionArn',
  'group',
  'startedBy',
  'launchType',
  'capacityProviderName',
  'availabilityZone',
  'lastStatus',
  'desiredStatus',
  'stopCode',
  'stoppedReason',
  'version',
] as const satisfies readonly (keyof EcsTask)[];

export const TASK_TIMES = [
  'createdAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
] as const satisfies readonly (keyof EcsTask)[];

export const CONTAINER_MEMBERS = [
  'containerArn',
  'name',
  'image',
  'lastStatus',
  'exitCode',
  'reason',
  'runtimeId',
] as const satisfies readonly (keyof EcsContainer)[];
