import { isJsonObject, type JsonValue } from '../json/json.js';

export type PlaceholderKind = 'standard' | 'block_document' | 'variable' | 'env_var';

/** One `{{ name }}` in a text. */
export interface Placeholder {
  /** As written, braces and blanks included. */
  readonly match: string;
  readonly name: string;
  readonly kind: PlaceholderKind;
}

const PLACEHOLDER = /\{\{\s*([\p{L}\p{N}_.\-[\]$]+)\s*\}\}/gu;

function kindOf(name: string): PlaceholderKind {
  if (name.startsWith('prefect.blocks.')) return 'block_document';
  if (name.startsWith('prefect.variables.')) return 'variable';
  return name.startsWith('$') ? 'env_var' : 'standard';
}

/** The placeholders of one text, in order, repetitions included. */
export function placeholdersIn(text: string): readonly Placeholder[] {
  return [...text.matchAll(PLACEHOLDER)].map((found) => {
    const name = found[1] ?? '';
    return { match: found[0], name, kind: kindOf(name) };
  });
}

/** All different placeholders in the strings of a JSON value; keys of objects are no templates. */
export function findPlaceholders(template: JsonValue): readonly Placeholder[] {
  const found = new Map<string, Placeholder>();
  collect(template, found);
  return [...found.values()];
}

function collect(template: JsonValue, found: Map<string, Placeholder>): void {
  if (typeof template === 'string') {
    for (const placeholder of placeholdersIn(template)) found.set(placeholder.name, placeholder);
  } else if (isJsonObject(template)) {
    for (const member of Object.values(template)) collect(member, found);
  } else if (Array.isArray(template)) {
    for (const item of template) collect(item, found);
  }
}
