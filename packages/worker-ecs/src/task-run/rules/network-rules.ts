import type { JsonObject, JsonValue } from '@worker-host/core';
import { jsonText } from '../../utilities/json-text.js';
import { isForManagedInstances, isOfFargate, objectsIn } from '../capacity.js';
import { objectOf, type TaskRunRule, type TaskRunToCheck } from './task-run-to-check.js';

const MOST_SUBNETS = 16;
const MOST_SECURITY_GROUPS = 5;

export const subnetCount: TaskRunRule = (run) => tooMany(run, 'subnets', MOST_SUBNETS, 'subnets');

export const securityGroupCount: TaskRunRule = (run) =>
  tooMany(run, 'securityGroups', MOST_SECURITY_GROUPS, 'security groups');

/** AWS assigns public addresses only to tasks on Fargate. */
export const publicIpOnFargateOnly: TaskRunRule = (run) => {
  if (!usesAwsvpc(run) || writtenNetwork(run).assignPublicIp !== 'ENABLED') return [];
  const others = placesOf(run).filter((place) => !isOfFargate(place));
  if (others.length === 0) return [];
  return [
    {
      path: `${pathOf(run)}.assignPublicIp`,
      expected: `DISABLED with ${others.join(', ')}: AWS gives public IP addresses only to tasks on Fargate`,
      found: 'ENABLED',
      suggestion: 'DISABLED, and subnets with a NAT gateway or VPC endpoints',
    },
  ];
};

function tooMany(run: TaskRunToCheck, key: string, most: number, noun: string) {
  const network = objectOf(objectOf(run.request.networkConfiguration).awsvpcConfiguration);
  const count = usesAwsvpc(run) ? lengthOf(network[key]) : 0;
  if (count <= most) return [];
  return [
    {
      path: `${pathOf(run)}.${key}`,
      expected: `at most ${most} ${noun}`,
      found: jsonText(count),
      suggestion: `the first ${most}`,
    },
  ];
}

function usesAwsvpc({ taskDefinition }: TaskRunToCheck): boolean {
  return taskDefinition.networkMode === 'awsvpc';
}

/** Returns the network that the user configured; empty if the worker chose it. */
function writtenNetwork({ configuration }: TaskRunToCheck): JsonObject {
  const { networkConfiguration, taskRunRequest } = configuration;
  if (Object.keys(networkConfiguration).length > 0) return networkConfiguration;
  return objectOf(objectOf(taskRunRequest.networkConfiguration).awsvpcConfiguration);
}

function pathOf({ configuration }: TaskRunToCheck): string {
  return Object.keys(configuration.networkConfiguration).length > 0
    ? 'network_configuration'
    : 'task_run_request.networkConfiguration.awsvpcConfiguration';
}

/**
 * Returns where the task can be placed: the providers of a strategy, otherwise the launch type, otherwise the
 * compatibilities of the definition.
 */
function placesOf({ request, taskDefinition }: TaskRunToCheck): readonly string[] {
  const { capacityProviderStrategy, launchType } = request;
  const providers = objectsIn(capacityProviderStrategy).map(({ capacityProvider }) => jsonText(capacityProvider));
  if (providers.length > 0) return providers;
  if (typeof launchType === 'string') return [launchType];
  return isForManagedInstances(taskDefinition) ? ['MANAGED_INSTANCES'] : [];
}

function lengthOf(value: JsonValue | undefined): number {
  return Array.isArray(value) ? value.length : 0;
}
