import { isJsonObject, type JsonValue } from '../json/json.js';

export type PlaceholderKind = 'standard' | 'block_document' | 'variable' | 'env_var';

/** One `{{ name }}` in a text. */
export interface Placeholder {
  /** As written, braces and blanks included. */
  readonly match: string;
  readonly name: string;
  readonly kind: PlaceholderKind;
}

/** What Python calls blank: the separators among control characters too, but no byte order mark. */
const BLANKS = '[\\t-\\r\\x1c-\\x1f\\x85\\p{Z}]*';
const PLACEHOLDER = new RegExp(`\\{\\{${BLANKS}([\\p{L}\\p{N}_.\\-[\\]$]+)${BLANKS}\\}\\}`, 'gu');

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

/** All placeholders in the strings of a JSON value, each way of writing once; keys of objects are no templates. */
export function findPlaceholders(template: JsonValue): readonly Placeholder[] {
  const found = new Map<string, Placeholder>();
  collect(template, found);
  return [...found.values()];
}

function collect(template: JsonValue, found: Map<string, Placeholder>): void {
  if (typeof template === 'string') {
    for (const placeholder of placeholdersIn(template)) found.set(placeholder.match, placeholder);
  } else if (isJsonObject(template)) {
    for (const member of Object.values(template)) collect(member, found);
  } else if (Array.isArray(template)) {
    for (const item of template) collect(item, found);
  }
}
