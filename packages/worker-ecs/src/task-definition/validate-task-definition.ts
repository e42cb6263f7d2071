import type { JsonObject } from '@worker-host/core';
import type { ECSJobConfiguration } from '../configuration/ecs-job-configuration.js';
import { TaskDefinitionMismatchError } from './task-definition-errors.js';

/** Whether the definition demands container instances. */
export function requiresEc2(definition: JsonObject): boolean {
  return listOf(definition.requiresCompatibilities).includes('EC2');
}

/** Checks a definition against the configuration it is to be run with. @throws TaskDefinitionMismatchError */
export function validateTaskDefinition(definition: JsonObject, configuration: ECSJobConfiguration): void {
  const problems = [...logProblems(definition, configuration), ...launchTypeProblems(definition, configuration)];
  if (problems.length > 0) throw new TaskDefinitionMismatchError(String(definition.family ?? '?'), problems);
}

function logProblems(definition: JsonObject, { configureCloudwatchLogs }: ECSJobConfiguration): readonly string[] {
  if (!configureCloudwatchLogs || definition.executionRoleArn) return [];
  return ['configure_cloudwatch_logs needs an executionRoleArn on the definition, with which ECS writes the logs.'];
}

function launchTypeProblems(definition: JsonObject, { taskRunRequest }: ECSJobConfiguration): readonly string[] {
  const hasStrategy = listOf(taskRunRequest.capacityProviderStrategy).length > 0;
  let launchType = taskRunRequest.launchType || null;
  if (hasStrategy && launchType !== 'FARGATE_SPOT') return [];
  if (!launchType && requiresEc2(definition)) return [];
  launchType ??= 'FARGATE';
  if (launchType === 'EC2') return [];
  const compatibilities = listOf(definition.requiresCompatibilities);
  const isListed = Array.isArray(definition.requiresCompatibilities);
  const problems: string[] = [];
  if (launchType === 'EXTERNAL') {
    if (isListed && !compatibilities.some((name) => name === 'EXTERNAL' || name === 'FARGATE')) {
      problems.push(
        `Launch type EXTERNAL is not among its requiresCompatibilities (${compatibilities.join(', ') || 'none'}).`,
      );
    }
    return problems;
  }
  if (isListed && !compatibilities.includes('FARGATE')) {
    problems.push(
      `Launch type ${launchType} needs FARGATE among its requiresCompatibilities (${compatibilities.join(', ') || 'none'}); use launch_type EC2, or a definition for Fargate.`,
    );
  }
  const networkMode = definition.networkMode || 'awsvpc';
  if ((launchType === 'FARGATE' || launchType === 'FARGATE_SPOT') && networkMode !== 'awsvpc') {
    problems.push(
      `Network mode ${networkMode} does not go with launch type ${launchType}: set networkMode awsvpc, or launch_type EC2.`,
    );
  }
  return problems;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
