import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

const MASKED_NAMES = ['PREFECT_API_KEY', 'PREFECT_API_AUTH_STRING'];
const KEPT_OF_KEYS = 6;

/**
 * Returns a copy of a task run request in which the values of the named variables, in the environment of every
 * container override, keep only their first characters. Shorter values, and entries without name or value, are
 * unchanged.
 *
 * @param keepLength number of characters kept. Default: 3.
 * @param replaceWith replacement of the rest. Default: `***`.
 */
export function maskSensitiveEnvValues(
  taskRunRequest: JsonObject,
  names: readonly string[],
  keepLength = 3,
  replaceWith = '***',
): JsonObject {
  const { overrides } = taskRunRequest;
  if (!isJsonObject(overrides) || !Array.isArray(overrides.containerOverrides)) return taskRunRequest;
  const containerOverrides = overrides.containerOverrides.map((override: JsonValue) => {
    if (!isJsonObject(override) || !Array.isArray(override.environment)) return override;
    return { ...override, environment: override.environment.map(maskItem) };
  });
  return { ...taskRunRequest, overrides: { ...overrides, containerOverrides } };

  function maskItem(item: JsonValue): JsonValue {
    if (!isJsonObject(item) || typeof item.name !== 'string' || typeof item.value !== 'string') return item;
    const characters = [...item.value];
    if (!names.includes(item.name) || characters.length <= keepLength) return item;
    return { ...item, value: `${characters.slice(0, keepLength).join('')}${replaceWith}` };
  }
}

/** Returns a copy of a task run request that is safe to log: API key and auth string masked. */
export function maskApiKey(taskRunRequest: JsonObject): JsonObject {
  return maskSensitiveEnvValues(taskRunRequest, MASKED_NAMES, KEPT_OF_KEYS);
}
