import type { JsonObject } from '@worker-host/core';
import type { AwsCallOptions } from '../ecs-api.js';

/** The SDK's words for the options of a call. */
export function callOptions(options: AwsCallOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.signal ? { abortSignal: options.signal } : {};
}

/**
 * An answer of the SDK as plain JSON: times as RFC 3339, absent members omitted. The answer itself is changed, so that
 * the many tasks of one need no copy.
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
