import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';

/** Sets an own property of any name, including `__proto__`, without changing a prototype. */
export function setOwn(target: object, key: string, value: JsonValue): void {
  if (key !== '__proto__') (target as Record<string, JsonValue>)[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Returns a copy of `base` with the members of `over` merged into it at every depth. */
export function mergeDeep(base: JsonObject, over: JsonObject): JsonObject {
  const result = {};
  for (const [key, member] of Object.entries(base)) setOwn(result, key, member);
  for (const [key, member] of Object.entries(over)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    const bothObjects = isJsonObject(below) && isJsonObject(member);
    setOwn(result, key, bothObjects ? mergeDeep(below, member) : member);
  }
  return result;
}
