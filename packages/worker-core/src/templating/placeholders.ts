import { isJsonObject, type JsonValue } from '../json/json.js';
import { TemplateTooLargeError } from './templating-errors.js';

export type PlaceholderKind = 'standard' | 'block_document' | 'variable' | 'env_var';

/** One `{{ name }}` in a text. */
export interface Placeholder {
  /** As written, braces and blanks included. */
  readonly match: string;
  /** Where it begins in its text. */
  readonly at: number;
  readonly name: string;
  readonly kind: PlaceholderKind;
}

/** Longest text that a template may render to. AWS takes 64 KiB of a task definition. */
const MAX_RENDERED_CHARACTERS = 16 * 1024 * 1024;

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
  if (!text.includes('{{')) return [];
  return [...text.matchAll(PLACEHOLDER)].map((found) => {
    const name = found[1] ?? '';
    return { match: found[0], at: found.index, name, kind: kindOf(name) };
  });
}

/**
 * Replaces placeholders of a text in one pass from left to right: a text that is inserted is never searched for
 * placeholders. `null` leaves a placeholder as it is written.
 *
 * @throws TemplateTooLargeError when the result is longer than {@link MAX_RENDERED_CHARACTERS}
 */
export function replacePlaceholders(text: string, textFor: (placeholder: Placeholder) => string | null): string {
  const parts: string[] = [];
  let length = 0;
  let from = 0;
  const append = (part: string): void => {
    length += part.length;
    if (length > MAX_RENDERED_CHARACTERS) throw new TemplateTooLargeError(MAX_RENDERED_CHARACTERS);
    parts.push(part);
  };
  for (const placeholder of placeholdersIn(text)) {
    const replacement = textFor(placeholder);
    if (replacement === null) continue;
    append(text.slice(from, placeholder.at));
    append(replacement);
    from = placeholder.at + placeholder.match.length;
  }
  append(text.slice(from));
  return parts.join('');
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
