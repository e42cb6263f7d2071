import { isJsonObject } from '@worker-host/core';
import type { RunTaskInput } from '../aws/ecs-api.js';

/** The request on Fargate's on-demand capacity, where it asks for Spot; any other request as it is. */
export function withOnDemandCapacity(request: RunTaskInput): RunTaskInput {
  const { capacityProviderStrategy, ...rest } = request;
  const usesSpot =
    Array.isArray(capacityProviderStrategy) &&
    capacityProviderStrategy.some((item) => isJsonObject(item) && item.capacityProvider === 'FARGATE_SPOT');
  return usesSpot ? { ...rest, launchType: 'FARGATE' } : request;
}
