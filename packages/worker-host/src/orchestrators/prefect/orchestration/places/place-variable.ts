import { createHash } from 'node:crypto';
import { isJsonObject, type JsonValue, type LaunchPlace } from '@worker-host/core';
import type { ApiVariable, ApiVariableCreate } from '../../api/api-types.js';

/** A variable's name has at most 255 characters. */
const MOST_SLUG = 180;
/** Lengths of the hashes of pool and place in a name. */
const POOL_HASH = 8;
const PLACE_HASH = 16;

/** Returns the variable that stores a search place of a pool: one each, so that concurrent workers never overwrite each other's. */
export function placeVariable(workPoolName: string, place: LaunchPlace): ApiVariableCreate {
  return {
    name: `${placeNamesBegin(workPoolName)}${hashOf(placeText(place), PLACE_HASH)}`,
    value: { work_pool: workPoolName, place },
    tags: ['worker-host'],
  };
}

/** Returns how the names of a pool's variables begin, and those of no other pool. */
export function placeNamesBegin(workPoolName: string): string {
  const slug = workPoolName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, MOST_SLUG)
    .replace(/^_|_$/g, '');
  return `worker_host_place_${slug === '' ? '' : `${slug}_`}${hashOf(workPoolName, POOL_HASH)}_`;
}

/** Returns the place that a variable stores for the pool. Null: none, or one of another pool. */
export function placeOfVariable({ value }: Pick<ApiVariable, 'value'>, workPoolName: string): LaunchPlace | null {
  if (!isJsonObject(value) || value.work_pool !== workPoolName) return null;
  return isJsonObject(value.place) ? value.place : null;
}

/** Serializes a place so that equal ones are equal, whatever the order of their members. */
export function placeText(place: LaunchPlace): string {
  return JSON.stringify(sorted(place));
}

function sorted(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((item: JsonValue) => sorted(item) ?? null);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)])) as JsonValue;
}

function hashOf(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
