import { isJsonObject, type JsonObject, type JsonValue, type PathStep } from '@worker-host/core';
import { isSecretName } from '../../../configuration/secret-names.js';

const HIDDEN = '********';

/** A value of a body without nested values. */
export interface Leaf {
  readonly path: readonly PathStep[];
  /** Path for people, with list items by name. Example: `containers[main].image`. */
  readonly label: string;
  readonly value: JsonValue;
  /** True: its name indicates a secret. */
  readonly isSecret: boolean;
}

/** Returns every leaf of a body. A pair of name and value is one leaf, and so are empty lists and objects. */
export function leavesOf(body: JsonObject): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (value: JsonValue, path: readonly PathStep[], label: string): void => {
    const pair = pairOf(value);
    if (pair !== null) leaves.push({ path, label, value: pair.value, isSecret: isSecretName(pair.name) });
    else if (Array.isArray(value) && value.length > 0)
      for (const [index, item] of value.entries())
        visit(item as JsonValue, [...path, index], `${label}[${nameOf(item as JsonValue) ?? index}]`);
    else if (isJsonObject(value) && Object.keys(value).length > 0)
      for (const [name, member] of Object.entries(value))
        visit(member, [...path, name], label === '' ? name : `${label}.${name}`);
    else leaves.push({ path, label, value, isSecret: isSecretName(String(path.at(-1) ?? '')) });
  };
  visit(body, [], '');
  return leaves;
}

/** Returns the leaf's value, safe to show. */
export function shownValue({ value, isSecret }: Leaf): JsonValue {
  return isSecret && value !== null && value !== '' ? HIDDEN : value;
}

/** Returns a body with hidden values under secret names, including pairs of name and value. */
export function withoutSecretPairs(value: JsonObject): JsonObject {
  return shown(value) as JsonObject;
}

function shown(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => shown(item));
  if (!isJsonObject(value)) return value;
  const pair = pairOf(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const isHidden = isSecretName(name) || (pair !== null && name === 'value' && isSecretName(pair.name));
      return [name, isHidden && typeof member === 'string' && member !== '' ? HIDDEN : shown(member)];
    }),
  );
}

function pairOf(value: JsonValue): { readonly name: string; readonly value: JsonValue } | null {
  if (!isJsonObject(value) || Object.keys(value).length !== 2 || value.value === undefined) return null;
  const name = nameOf(value);
  return name === null ? null : { name, value: value.value };
}

function nameOf(item: JsonValue): string | null {
  if (!isJsonObject(item)) return null;
  const name = item.name ?? item.key;
  return typeof name === 'string' ? name : null;
}
