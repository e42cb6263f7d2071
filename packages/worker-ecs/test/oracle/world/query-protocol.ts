import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

const SINGULAR_LISTS: Readonly<Record<string, string>> = { VpcId: 'VpcIds', Filter: 'Filters', Value: 'Values' };
const LISTS = new Set(['PolicyArns', 'Tags', 'TransitiveTagKeys', 'ProvidedContexts']);
const INTEGERS = new Set(['DurationSeconds', 'MaxResults']);

/** Parses the form of EC2's and STS's query protocol into an operation and its parameters. */
export function readQuery(body: string): { readonly operation: string; readonly params: JsonObject } {
  const tree: Record<string, unknown> = {};
  let operation = '';
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === 'Action') operation = value;
    else if (name !== 'Version') put(tree, name.split('.'), value);
  }
  return { operation, params: members(tree as JsonObject) };
}

function put(tree: Record<string, unknown>, path: readonly string[], value: string): void {
  const [step = '', ...rest] = path;
  if (rest.length === 0) {
    tree[step] = INTEGERS.has(step) ? Number(value) : value;
    return;
  }
  tree[step] ??= {};
  put(tree[step] as Record<string, unknown>, rest, value);
}

function members(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => {
      const list = LISTS.has(key) && value === '' ? [] : listOf(value);
      return list ? [SINGULAR_LISTS[key] ?? key, list] : [key, isJsonObject(value) ? members(value) : value];
    }),
  );
}

/** Returns the items of `{1: …, 2: …}`, also below `member`; null: not a list. */
function listOf(value: JsonValue | undefined): JsonValue[] | null {
  if (!isJsonObject(value)) return null;
  const inner = value.member;
  const items = isJsonObject(inner) ? inner : value;
  if (!Object.keys(items).every((key) => /^\d+$/.test(key))) return null;
  return Object.values(items).map((item) => (isJsonObject(item) ? members(item) : (item ?? null)));
}
