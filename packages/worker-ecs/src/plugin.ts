import 'reflect-metadata';
import { definePlugin } from '@worker-host/core';
import { ECSJobConfiguration } from './configuration/ecs-job-configuration.js';
import { ECSVariables } from './configuration/ecs-variables.js';
import { describeEcsSettings } from './ecs-settings.js';
import { registerParts } from './register-parts.js';

/** Runs jobs as tasks of Amazon ECS. */
export const plugin = definePlugin({
  type: 'ecs',
  displayName: 'AWS Elastic Container Service',
  description: 'Runs each job as a task of Amazon ECS, on AWS Fargate or on EC2.',
  configuration: ECSJobConfiguration,
  variables: ECSVariables,
  register: registerParts,
  settings: describeEcsSettings,
  tools: async () => (await import('./tools/tools.js')).tools,
});
