import { isJsonObject, type JsonValue, type MutableJsonObject } from '@worker-host/core';

const MULTISETS = new Set(['environment', 'secrets', 'tags', 'requiresCompatibilities', 'subnets', 'securityGroups']);
const EMPTY_AS_ABSENT = new Set([
  'environment',
  'tags',
  'containerOverrides',
  'securityGroups',
  'capacityProviderStrategy',
]);

/** Normalizes a value so that equivalent ones are equal: multisets sorted, meaningless empty lists omitted. */
export function normalise(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(normalise);
  if (!isJsonObject(value)) return value;
  const result: MutableJsonObject = {};
  for (const key of Object.keys(value).sort()) {
    const member = normalise(value[key] ?? null);
    if (Array.isArray(member)) {
      if (member.length === 0 && EMPTY_AS_ABSENT.has(key)) continue;
      result[key] = MULTISETS.has(key) ? sorted(member) : member;
    } else {
      result[key] = member;
    }
  }
  return result;
}

function sorted(list: readonly JsonValue[]): JsonValue[] {
  return list
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ item }) => item);
}

/** Returns distinct values of a list, in order of first occurrence. */
export function distinct(list: readonly JsonValue[]): JsonValue[] {
  const seen = new Map<string, JsonValue>();
  for (const item of list.map(normalise)) {
    const text = JSON.stringify(item);
    if (!seen.has(text)) seen.set(text, item);
  }
  return [...seen.values()];
}
