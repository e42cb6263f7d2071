import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';

/** Sets an own property whatever its name, `__proto__` included; prototypes are out of reach. */
export function setOwn(target: object, key: string, value: JsonValue): void {
  if (key !== '__proto__') (target as Record<string, JsonValue>)[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A copy of `base` with the members of `over` put over it; objects are merged at every depth. */
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
