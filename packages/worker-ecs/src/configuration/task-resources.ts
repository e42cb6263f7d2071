import type { JsonObject, JsonValue, RunResources } from '@worker-host/core';
import { isJsonObject } from '@worker-host/core';
import { sizeNumber } from '../utilities/size-number.js';
import { DEFAULT_CPU, DEFAULT_MEMORY_MIB } from './constants.js';

/**
 * What a task asks for: the size that overrides the one of its definition, else that of the definition, else the sum of its
 * containers, else the size that worker-host sets. Null: the definition is registered already and not known here.
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

/** Null: none is stated, or it cannot be read. */
function numberOf(size: JsonValue | undefined): number | null {
  const value = typeof size === 'number' ? size : typeof size === 'string' ? sizeNumber(size) : Number.NaN;
  return Number.isNaN(value) || value <= 0 ? null : value;
}
