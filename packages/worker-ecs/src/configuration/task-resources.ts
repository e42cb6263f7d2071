import type { JsonObject, JsonValue, RunResources } from '@worker-host/core';
import { isJsonObject } from '@worker-host/core';
import { sizeNumber } from '../utilities/size-number.js';
import { DEFAULT_CPU, DEFAULT_MEMORY_MIB } from './constants.js';

/**
 * Returns the resources of a task: the size that overrides that of its definition, otherwise that of the definition, otherwise
 * the sum of its containers, otherwise the default size of worker-host. Null: the definition is already registered and not
 * known here.
 */
export function taskResourcesOf(request: JsonObject, definition: JsonObject): RunResources | null {
  const overrides = isJsonObject(request.overrides ?? null) ? (request.overrides as JsonObject) : {};
  const isKnown = typeof request.taskDefinition !== 'string' || request.taskDefinition === '';
  const size = (name: 'cpu' | 'memory', usual: number): number | null => {
    const stated = numberOf(overrides[name]) ?? (isKnown ? numberOf(definition[name]) : null);
    if (stated !== null || !isKnown) return stated;
    return sumOf(definition.containerDefinitions, name) ?? usual;
  };
  const cpu = size('cpu', DEFAULT_CPU);
  const memoryMib = size('memory', DEFAULT_MEMORY_MIB);
  return cpu === null || memoryMib === null ? null : { vcpus: cpu / 1024, memoryMib };
}

function sumOf(containers: JsonValue | undefined, name: 'cpu' | 'memory'): number | null {
  const sizes = (Array.isArray(containers) ? (containers as readonly JsonValue[]) : []).flatMap((container) => {
    const size = isJsonObject(container) ? numberOf(container[name]) : null;
    return size === null ? [] : [size];
  });
  return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
}

/** Null: absent or unreadable. */
function numberOf(size: JsonValue | undefined): number | null {
  const value = typeof size === 'number' ? size : typeof size === 'string' ? sizeNumber(size) : Number.NaN;
  return Number.isNaN(value) || value <= 0 ? null : value;
}
