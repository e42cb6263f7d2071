import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { RunTaskInput } from '../aws/ecs-api.js';
import { jsonText } from '../utilities/json-text.js';

/** Placement of a task, as in RunTask. Neither member: the cluster's default strategy. */
export interface Capacity {
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly JsonObject[];
}

const FARGATE_PROVIDERS: readonly unknown[] = ['FARGATE', 'FARGATE_SPOT'];

/**
 * Returns the capacity of a request. Without launch type and strategy this is Fargate; for a definition that is not
 * compatible with it, the cluster's default strategy, which ECS uses if a request sets neither.
 *
 * @param request as written.
 * @param definition that the request will name.
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
      // Not a launch type of RunTask: ECS requires a strategy, or the cluster's default one.
      return {};
    default:
      return { launchType: jsonText(request.launchType) };
  }
}

/** Returns the compatibilities in a definition; empty: none, so that ECS decides. */
export function compatibilitiesOf({ requiresCompatibilities }: JsonObject): readonly unknown[] {
  return Array.isArray(requiresCompatibilities) ? requiresCompatibilities : [];
}

/** Returns whether a definition is compatible with Managed Instances only. */
export function isForManagedInstances(definition: JsonObject): boolean {
  const listed = compatibilitiesOf(definition);
  return listed.length > 0 && listed.every((name) => name === 'MANAGED_INSTANCES');
}

function usesClusterDefault(definition: JsonObject): boolean {
  const listed = compatibilitiesOf(definition);
  return listed.includes('EC2') || (listed.includes('MANAGED_INSTANCES') && !listed.includes('FARGATE'));
}

/** Returns whether a capacity is only Fargate. */
export function runsOnFargate({ launchType, capacityProviderStrategy }: JsonObject | Capacity): boolean {
  const providers = objectsIn(capacityProviderStrategy).map(({ capacityProvider }) => capacityProvider);
  return providers.length > 0 ? providers.every(isOfFargate) : launchType === 'FARGATE';
}

/** Returns whether a capacity provider is one of the two of Fargate. */
export function isOfFargate(provider: unknown): boolean {
  return FARGATE_PROVIDERS.includes(provider);
}

/** Returns the request with Fargate's on-demand capacity instead of Spot; any other request unchanged. */
export function withOnDemandCapacity(request: RunTaskInput): RunTaskInput {
  const { capacityProviderStrategy, ...rest } = request;
  const usesSpot =
    Array.isArray(capacityProviderStrategy) &&
    capacityProviderStrategy.some((item) => isJsonObject(item) && item.capacityProvider === 'FARGATE_SPOT');
  return usesSpot ? { ...rest, launchType: 'FARGATE' } : request;
}

/** Returns the objects in a list; none if it is not a list. */
export function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
