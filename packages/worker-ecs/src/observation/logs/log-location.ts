import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { taskIdOf } from '../../aws/arn.js';
import type { EcsTaskDefinition } from '../../aws/ecs-api.js';

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
  const container = containerOf(definition, containerName);
  const name = text(container?.name) ?? (container && DEFAULT_CONTAINER_NAME);
  const configuration = container?.logConfiguration;
  if (!container || !name || !isJsonObject(configuration) || configuration.logDriver !== 'awslogs') return null;
  const options = isJsonObject(configuration.options) ? configuration.options : {};
  const group = text(options['awslogs-group']);
  const prefix = text(options['awslogs-stream-prefix']);
  if (group === null || prefix === null) return null;
  return { group, stream: `${prefix}/${name}/${taskIdOf(taskArn)}`, region: text(options['awslogs-region']) };
}

/**
 * Says in words where the output of a container goes that {@link logLocation} does not find, such as
 * `goes to the log driver splunk`.
 */
export function outputElsewhere(definition: EcsTaskDefinition, containerName: string | null): string {
  const configuration = containerOf(definition, containerName)?.logConfiguration;
  if (!isJsonObject(configuration) || text(configuration.logDriver) === null)
    return 'goes nowhere: it has no log driver';
  const options = isJsonObject(configuration.options) ? configuration.options : {};
  if (configuration.logDriver === 'awslogs') {
    return 'goes to CloudWatch Logs without an awslogs-stream-prefix, so the name of its stream is unknown';
  }
  if (configuration.logDriver !== 'awsfirelens') return `goes to the log driver ${String(configuration.logDriver)}`;
  const destination = text(options.Name);
  return `goes to FireLens${destination === null ? '' : `, output ${destination}`}`;
}

function containerOf(definition: EcsTaskDefinition, containerName: string | null): JsonObject | undefined {
  const containers = Array.isArray(definition.containerDefinitions)
    ? definition.containerDefinitions.filter(isJsonObject)
    : [];
  if (containerName !== null) return containers.find(({ name }) => name === containerName);
  const main = containers.find(({ name }) => name === DEFAULT_CONTAINER_NAME);
  return main ?? (containers.length === 1 ? containers[0] : undefined);
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
