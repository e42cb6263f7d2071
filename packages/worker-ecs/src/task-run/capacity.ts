import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { RunTaskInput } from '../aws/ecs-api.js';
import { jsonText } from '../utilities/json-text.js';

/** Where a task is to be placed, as RunTask takes it. Neither member: by the cluster's default strategy. */
export interface Capacity {
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly JsonObject[];
}

const FARGATE_PROVIDERS: readonly unknown[] = ['FARGATE', 'FARGATE_SPOT'];

/**
 * The capacity that a request asks for. Without launch type and strategy that is Fargate; for a definition that was not
 * made for it, the default strategy of the cluster, with which ECS places tasks when it is told nothing.
 *
 * @param request as it was written.
 * @param definition that it will name.
 */
export function capacityOf(request: JsonObject, definition: JsonObject): Capacity {
  const strategy = objectsIn(request.capacityProviderStrategy);
  if (strategy.length > 0) return { capacityProviderStrategy: strategy };
  switch (request.launchType || null) {
    case null:
      return usesClusterDefault(definition) ? {} : { launchType: 'FARGATE' };
    case 'FARGATE_SPOT':
      return { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] };
    case 'MANAGED_INSTANCES':
      // No launch type of RunTask: ECS wants a strategy, or the cluster's default one.
      return {};
    default:
      return { launchType: jsonText(request.launchType) };
  }
}

/** What a definition says that it can be run on; empty: nothing, so that ECS finds out. */
export function compatibilitiesOf({ requiresCompatibilities }: JsonObject): readonly unknown[] {
  return Array.isArray(requiresCompatibilities) ? requiresCompatibilities : [];
}

/** Whether a definition is for Managed Instances alone. */
export function isForManagedInstances(definition: JsonObject): boolean {
  const listed = compatibilitiesOf(definition);
  return listed.length > 0 && listed.every((name) => name === 'MANAGED_INSTANCES');
}

function usesClusterDefault(definition: JsonObject): boolean {
  const listed = compatibilitiesOf(definition);
  return listed.includes('EC2') || (listed.includes('MANAGED_INSTANCES') && !listed.includes('FARGATE'));
}

/** Whether a capacity is Fargate, and nothing else. */
export function runsOnFargate({ launchType, capacityProviderStrategy }: JsonObject | Capacity): boolean {
  const providers = objectsIn(capacityProviderStrategy).map(({ capacityProvider }) => capacityProvider);
  return providers.length > 0 ? providers.every(isOfFargate) : launchType === 'FARGATE';
}

/** Whether a capacity provider is one of the two of Fargate. */
export function isOfFargate(provider: unknown): boolean {
  return FARGATE_PROVIDERS.includes(provider);
}

/** The request on Fargate's on-demand capacity, where it asks for Spot; any other request as it is. */
export function withOnDemandCapacity(request: RunTaskInput): RunTaskInput {
  const { capacityProviderStrategy, ...rest } = request;
  const usesSpot =
    Array.isArray(capacityProviderStrategy) &&
    capacityProviderStrategy.some((item) => isJsonObject(item) && item.capacityProvider === 'FARGATE_SPOT');
  return usesSpot ? { ...rest, launchType: 'FARGATE' } : request;
}

/** The objects among the elements of a list; none where it is no list. */
export function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
