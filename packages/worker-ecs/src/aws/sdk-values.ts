import type { JsonObject } from '@worker-host/core';
import type { AwsCallOptions } from './ecs-api.js';

/** The SDK's words for the options of a call. */
export function callOptions(options: AwsCallOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.signal ? { abortSignal: options.signal } : {};
}

/** An answer of the SDK as plain JSON: times as RFC 3339, absent members left out. */
export function jsonOf(value: unknown): JsonObject {
  return value === undefined ? {} : (JSON.parse(JSON.stringify(value)) as JsonObject);
}
