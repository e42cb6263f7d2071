import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { taskIdOf } from '../../aws/arn.js';
import type { EcsTaskDefinition } from '../../aws/ecs-api.js';

/** Location of a container's output in CloudWatch Logs. */
export interface LogLocation {
  readonly group: string;
  readonly stream: string;
  /** Null: the region of the task. */
  readonly region: string | null;
}

const DEFAULT_CONTAINER_NAME = 'prefect';

/**
 * Determines from a task definition where the output of a container goes. Null: not to `awslogs`, or without a stream
 * prefix (ECS does not report the name of such a stream).
 *
 * @param containerName null: the container named `prefect`, otherwise the only one.
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
 * Describes where the output of a container goes that {@link logLocation} does not find. Example: `goes to the log
 * driver splunk`.
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
