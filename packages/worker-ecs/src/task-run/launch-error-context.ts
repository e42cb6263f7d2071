import { isJsonObject, type JsonValue } from '@worker-host/core';
import type { LaunchErrorContext } from '../aws/launch-errors/launch-error-row.js';
import type { PreparedTaskRun } from './launch-types.js';

/** Input that selects the text about a launch error. */
export function launchErrorContext(
  { request, taskDefinition, configuresLogs }: PreparedTaskRun,
  region: string | null,
): LaunchErrorContext {
  const strategy = Array.isArray(request.capacityProviderStrategy) ? request.capacityProviderStrategy : [];
  return {
    launchType: text(request.launchType),
    configuresLogs: configuresLogs ?? false,
    cluster: text(request.cluster),
    executionRoleArn: text(taskDefinition.executionRoleArn),
    taskDefinitionArn: text(request.taskDefinition),
    capacityProviders: strategy.filter(isJsonObject).map((item) => text(item.capacityProvider) ?? 'unnamed'),
    region,
    denial: null,
  };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
