import type { JsonObject } from '@worker-host/core';
import type { AwsCallOptions } from '../ecs-api.js';

/** Returns the options of a call in the form of the SDK. */
export function callOptions(options: AwsCallOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.signal ? { abortSignal: options.signal } : {};
}

/**
 * Returns a response of the SDK as plain JSON: times as RFC 3339, absent members omitted. Modifies the response itself,
 * to avoid copying its many tasks.
 */
export function jsonOf(value: unknown): JsonObject {
  return value === undefined ? {} : (plain(value) as JsonObject);
}

function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toJSON();
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const given = members[name];
    const made = given === undefined && Array.isArray(value) ? null : plain(given);
    if (made === undefined) delete members[name];
    else if (made !== given) members[name] = made;
  }
  return value;
}
