import { isJsonObject, type JsonValue } from '../json/json.js';
import { RenderBudget } from './budget.js';

export type PlaceholderKind = 'standard' | 'block_document' | 'variable' | 'env_var';

/** One `{{ name }}` in a text. */
export interface Placeholder {
  /** As written, including braces and blanks. */
  readonly match: string;
  /** Offset in its text. */
  readonly at: number;
  readonly name: string;
  readonly kind: PlaceholderKind;
}

/** Whitespace as Python defines it: including the separators among control characters, without the byte order mark. */
const BLANKS = '[\\t-\\r\\x1c-\\x1f\\x85\\p{Z}]*';
const PLACEHOLDER = new RegExp(`\\{\\{${BLANKS}([\\p{L}\\p{N}_.\\-[\\]$]+)${BLANKS}\\}\\}`, 'gu');

function kindOf(name: string): PlaceholderKind {
  if (name.startsWith('prefect.blocks.')) return 'block_document';
  if (name.startsWith('prefect.variables.')) return 'variable';
  return name.startsWith('$') ? 'env_var' : 'standard';
}

/**
 * Returns the placeholders of a text in order, including repetitions.
 *
 * @throws TemplateTooLargeError if there are more than the budget allows
 */
export function placeholdersIn(text: string, budget: RenderBudget): readonly Placeholder[] {
  budget.spend(text.length);
  if (!text.includes('{{')) return [];
  const placeholders: Placeholder[] = [];
  for (const found of text.matchAll(PLACEHOLDER)) {
    const name = found[1] ?? '';
    budget.spendNode();
    placeholders.push({ match: found[0], at: found.index, name, kind: kindOf(name) });
  }
  return placeholders;
}

/**
 * Replaces placeholders of a text in one pass from left to right. Inserted text is not searched for placeholders.
 * `null` leaves a placeholder as written.
 *
 * @throws TemplateTooLargeError if that costs more than remains of the budget
 */
export function replacePlaceholders(
  text: string,
  placeholders: readonly Placeholder[],
  budget: RenderBudget,
  textFor: (placeholder: Placeholder) => string | null,
): string {
  const parts: string[] = [];
  let from = 0;
  const append = (part: string): void => {
    budget.spend(part.length);
    parts.push(part);
  };
  for (const placeholder of placeholders) {
    const replacement = textFor(placeholder);
    if (replacement === null) continue;
    append(text.slice(from, placeholder.at));
    append(replacement);
    from = placeholder.at + placeholder.match.length;
  }
  append(text.slice(from));
  return parts.join('');
}

/** Returns all placeholders in the strings of a JSON value, each spelling once. Keys of objects are not templates. */
export function findPlaceholders(template: JsonValue): readonly Placeholder[] {
  const found = new Map<string, Placeholder>();
  collect(template, found, new RenderBudget());
  return [...found.values()];
}

function collect(template: JsonValue, found: Map<string, Placeholder>, budget: RenderBudget): void {
  if (typeof template === 'string') {
    for (const placeholder of placeholdersIn(template, budget)) found.set(placeholder.match, placeholder);
  } else if (isJsonObject(template)) {
    for (const member of Object.values(template)) collect(member, found, budget);
  } else if (Array.isArray(template)) {
    for (const item of template) collect(item, found, budget);
  }
}
