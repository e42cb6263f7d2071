import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '@worker-host/core';
import { withoutNamedSecrets } from '../../configuration/secret-names.js';
import { safeText } from '../../logging/safe-text.js';
import type { DeclaredChange } from '../../orchestrators/embedded/deployments/declarations.js';

const LONGEST_VALUE = 80;

/**
 * Describes changes: a line per object, followed by a line per changed member. Values under secret names are hidden.
 */
export function describeChanges(changes: readonly DeclaredChange[]): string {
  return changes.map(describe).join('\n');
}

function describe({ kind, name, from, to }: DeclaredChange): string {
  const noun = kind.slice(0, -1);
  if (to === null && kind !== 'variables') return `- ${noun} ${name}`;
  if (from === null) return `+ ${noun} ${name}`;
  const lines = differences('', shown(name, from), shown(name, to)).map((line) => `    ${line}`);
  return [`~ ${noun} ${name}`, ...lines].join('\n');
}

function shown(name: string, value: JsonValue): JsonValue {
  return withoutNamedSecrets({ [name]: value })[name] ?? null;
}

function differences(path: string, from: JsonValue | undefined, to: JsonValue | undefined): readonly string[] {
  if (isJsonObject(from ?? null) && isJsonObject(to ?? null)) {
    const [before, after] = [from as JsonObject, to as JsonObject];
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .sort()
      .flatMap((key) => differences(path === '' ? key : `${path}.${key}`, before[key], after[key]));
  }
  const [old, fresh] = [text(from), text(to)];
  return old === fresh ? [] : [`${path === '' ? 'value' : path}: ${old} -> ${fresh}`];
}

function text(value: JsonValue | undefined): string {
  if (value === undefined) return '(none)';
  const json = safeText(stringifyJson(value));
  return json.length <= LONGEST_VALUE ? json : `${json.slice(0, LONGEST_VALUE - 1)}…`;
}
