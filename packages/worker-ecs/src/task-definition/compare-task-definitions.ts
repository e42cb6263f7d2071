import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '@worker-host/core';
import { ADDED_BY_ECS } from '../members/ecs-model.js';
import { isZeroNothing } from '../members/plain-values.js';
import { dropEmpty } from '../utilities/drop-empty.js';
import { jsonText } from '../utilities/json-text.js';

/** Lists without a meaningful order, with the member they are sorted by. */
const UNORDERED: Readonly<Record<string, string>> = { environment: 'name', secrets: 'name', environmentFiles: 'value' };

/** Returns a definition without ECS's defaults, so that equal definitions have equal texts. */
export function canonicalTaskDefinition(definition: JsonObject): JsonObject {
  const kept: MutableJsonObject = { networkMode: 'bridge' };
  for (const [key, value] of Object.entries(definition)) {
    if (!ADDED_BY_ECS.includes(key) && value !== undefined) kept[key] = value;
  }
  if (Array.isArray(kept.containerDefinitions)) {
    kept.containerDefinitions = kept.containerDefinitions.map((container: JsonValue) =>
      isJsonObject(container) ? canonicalContainer(container) : container,
    );
  }
  return sortKeys(dropEmpty(kept, isZeroNothing)) as JsonObject;
}

function canonicalContainer(container: JsonObject): JsonObject {
  const kept: MutableJsonObject = { essential: true, ...container };
  for (const [key, member] of Object.entries(UNORDERED)) {
    const list = kept[key];
    if (Array.isArray(list)) kept[key] = [...list].sort((a: JsonValue, b: JsonValue) => compareBy(member, a, b));
  }
  return kept;
}

function compareBy(member: string, a: JsonValue, b: JsonValue): number {
  const left = isJsonObject(a) ? jsonText(a[member]) : '';
  const right = isJsonObject(b) ? jsonText(b[member]) : '';
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortKeys(member)]),
  );
}

/** Returns whether two definitions would start the same tasks. */
export function taskDefinitionsEqual(one: JsonObject, other: JsonObject): boolean {
  return JSON.stringify(canonicalTaskDefinition(one)) === JSON.stringify(canonicalTaskDefinition(other));
}

/** Returns the keys in which two definitions differ. */
export function differingKeys(one: JsonObject, other: JsonObject): readonly string[] {
  const left = canonicalTaskDefinition(one);
  const right = canonicalTaskDefinition(other);
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].filter((key) => JSON.stringify(left[key]) !== JSON.stringify(right[key])).sort();
}
