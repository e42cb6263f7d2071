import { isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from '@worker-host/core';
import type { TemplateChange } from '../case-types.js';

type Node = Record<string | number, unknown>;

/** Applies changes to a template, in order; creates missing parent objects. */
export function changedTemplate(template: JsonObject, changes: readonly TemplateChange[]): JsonObject {
  const root = copyOf(template) as Node;
  for (const change of changes) apply(root, change);
  return root as JsonObject;
}

function apply(root: Node, { path, value, remove }: TemplateChange): void {
  const last = path.at(-1);
  if (last === undefined) throw new Error('a template change needs a path');
  let node = root;
  for (const step of path.slice(0, -1)) {
    const next = node[step] as JsonValue | undefined;
    if (!isJsonObject(next) && !Array.isArray(next)) node[step] = {};
    node = node[step] as Node;
  }
  if (!remove) node[last] = copyOf(value ?? null);
  else if (Array.isArray(node)) node.splice(Number(last), 1);
  else delete node[last];
}

/** Numbers stay as written, which structuredClone does not support. */
function copyOf(value: JsonValue): JsonValue {
  return parseJson(stringifyJson(value));
}
