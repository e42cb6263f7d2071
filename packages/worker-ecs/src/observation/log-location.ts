import { isJsonObject, type JsonValue } from '@worker-host/core';
import { taskIdOf } from '../aws/arn.js';
import type { EcsTaskDefinition } from '../aws/ecs-api.js';

/** Where a container's output is found in CloudWatch Logs. */
export interface LogLocation {
  readonly group: string;
  readonly stream: string;
  /** Null: the region of the task. */
  readonly region: string | null;
}

const DEFAULT_CONTAINER_NAME = 'prefect';

/**
 * Reads from a task definition where a container writes to. Null: not by `awslogs`, or without a stream prefix (then
 * the stream has a name that ECS does not tell).
 *
 * @param containerName null: the container called `prefect`, else the only one.
 */
export function logLocation(
  definition: EcsTaskDefinition,
  containerName: string | null,
  taskArn: string,
): LogLocation | null {
  const containers = Array.isArray(definition.containerDefinitions)
    ? definition.containerDefinitions.filter(isJsonObject)
    : [];
  const container =
    containerName === null
      ? (containers.find(({ name }) => name === DEFAULT_CONTAINER_NAME) ??
        (containers.length === 1 ? containers[0] : undefined))
      : containers.find(({ name }) => name === containerName);
  const name = text(container?.name) ?? (container && DEFAULT_CONTAINER_NAME);
  const configuration = container?.logConfiguration;
  if (!container || !name || !isJsonObject(configuration) || configuration.logDriver !== 'awslogs') return null;
  const options = isJsonObject(configuration.options) ? configuration.options : {};
  const group = text(options['awslogs-group']);
  const prefix = text(options['awslogs-stream-prefix']);
  if (group === null || prefix === null) return null;
  return { group, stream: `${prefix}/${name}/${taskIdOf(taskArn)}`, region: text(options['awslogs-region']) };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
