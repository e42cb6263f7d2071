import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { CONTAINER_NAME } from './constants.js';

/** Returns the containers of a definition that are objects. */
export function containersOf(taskDefinition: JsonObject): readonly JsonObject[] {
  const { containerDefinitions } = taskDefinition;
  return Array.isArray(containerDefinitions) ? containerDefinitions.filter(isJsonObject) : [];
}

/**
 * Returns the name of the container that runs the job: `prefect` if it exists, otherwise the first; null: that has no
 * name.
 */
export function mainContainerName(taskDefinition: JsonObject): string | null {
  const names: readonly (JsonValue | undefined)[] = containersOf(taskDefinition).map((container) => container.name);
  if (names.includes(CONTAINER_NAME)) return CONTAINER_NAME;
  return typeof names[0] === 'string' ? names[0] : null;
}
