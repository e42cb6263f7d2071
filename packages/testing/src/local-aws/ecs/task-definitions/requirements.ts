import type { ContainerDefinition } from '../ecs-types.js';
import { isFargatePair } from './fargate-sizes.js';

interface Filled {
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly networkMode: string;
  readonly [member: string]: unknown;
}

const NOT_ON_FARGATE = ['privileged', 'links', 'dnsServers', 'dnsSearchDomains', 'extraHosts', 'dockerSecurityOptions'];

const MANAGED_INSTANCES_MODES: readonly string[] = ['awsvpc', 'host', 'none'];

/** Returns the launch types that a definition is compatible with, as ECS determines them. */
export function compatibilitiesOf(definition: Filled, requires: readonly string[]): string[] {
  const mode = definition.networkMode;
  const fitsFargate =
    mode === 'awsvpc' &&
    isFargatePair(Number(definition.cpu), Number(definition.memory)) &&
    !(definition.placementConstraints as readonly unknown[]).length &&
    !definition.containerDefinitions.some((container) => NOT_ON_FARGATE.some((name) => isSet(container[name])));
  const found = new Set([
    ...(mode === 'awsvpc' ? [] : ['EXTERNAL']),
    'EC2',
    ...(MANAGED_INSTANCES_MODES.includes(mode) ? ['MANAGED_INSTANCES'] : []),
    ...(fitsFargate ? ['FARGATE'] : []),
    ...requires,
  ]);
  return [...found];
}

/** Returns the attributes that an instance must have, as ECS determines them. */
export function requiredAttributesOf(definition: Filled): { name: string }[] {
  const names = new Set<string>(['com.amazonaws.ecs.capability.docker-remote-api.1.18']);
  for (const container of definition.containerDefinitions) {
    const driver = container.logConfiguration?.logDriver;
    if (driver !== undefined) names.add(`com.amazonaws.ecs.capability.logging-driver.${driver}`);
    if (driver === 'awslogs') names.add('ecs.capability.execution-role-awslogs');
    if (container.secrets?.length) names.add('ecs.capability.secrets.asm.environment-variables');
  }
  if (definition.networkMode === 'awsvpc') names.add('ecs.capability.task-eni');
  if (definition.taskRoleArn !== undefined) names.add('com.amazonaws.ecs.capability.task-iam-role');
  return [...names].map((name) => ({ name }));
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
