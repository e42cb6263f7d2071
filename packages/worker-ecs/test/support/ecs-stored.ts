import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/** Every default that ECS adds to a container. */
export const CONTAINER_DEFAULTS: JsonObject = {
  cpu: 0,
  essential: true,
  portMappings: [],
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
};

/** Every default that ECS adds to a definition. */
export const DEFINITION_DEFAULTS: JsonObject = {
  volumes: [],
  placementConstraints: [],
  requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
  compatibilities: ['EC2', 'FARGATE'],
  revision: 7,
  status: 'ACTIVE',
  registeredAt: '2026-01-01T00:00:00Z',
  registeredBy: 'arn:aws:iam::123456789012:user/worker',
};

/** Returns a definition as DescribeTaskDefinition does after it was registered. */
export function asStoredByEcs(definition: JsonObject): JsonObject {
  const containers: readonly JsonValue[] = Array.isArray(definition.containerDefinitions)
    ? definition.containerDefinitions
    : [];
  const { tags: _tags, ...kept } = definition;
  return {
    ...DEFINITION_DEFAULTS,
    ...kept,
    taskDefinitionArn: `arn:aws:ecs:us-east-1:123456789012:task-definition/${String(definition.family)}:7`,
    containerDefinitions: containers.map((container) =>
      isJsonObject(container) ? { ...CONTAINER_DEFAULTS, ...container } : container,
    ),
  };
}
