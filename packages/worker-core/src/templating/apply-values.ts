import { isExactNumber } from '../json/exact-number.js';
import type { JsonObject, JsonValue } from '../json/json.js';
import { pythonStr } from '../python-text/python-text.js';
import { RenderBudget } from './budget.js';
import { valueAtPath } from './dotted-path.js';
import { NotSet } from './not-set.js';
import { type Placeholder, placeholdersIn, replacePlaceholders } from './placeholders.js';
import { setOwn } from './set-own.js';
import { TemplateTypeError } from './templating-errors.js';

export interface ApplyOptions {
  /** Drops members and items without a value; otherwise they stay as written. Default: true. */
  readonly removeNotSet?: boolean;
  /** Placeholders whose names begin with these are not replaced. */
  readonly skipPrefixes?: readonly string[];
  /** For `{{ $NAME }}`. Default: empty. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Applies values to a template. Pure: changes neither template nor values.
 *
 * @throws TemplateTooLargeError
 */
export function applyValues(template: JsonValue, values: JsonObject, options: ApplyOptions = {}): JsonValue | NotSet {
  return apply(template, values, { ...options, budget: new RenderBudget() });
}

type Pass = ApplyOptions & { readonly budget: RenderBudget };

function apply(template: JsonValue, values: JsonObject, options: Pass): JsonValue | NotSet {
  options.budget.spendNode();
  if (template === null || typeof template === 'number' || typeof template === 'boolean') return template;
  if (isExactNumber(template)) return template;
  if (typeof template === 'string') return applyToText(template, values, options);
  if (Array.isArray(template)) {
    return template.flatMap((item) => {
      const applied = apply(item, values, options);
      if (applied !== NotSet) return [applied];
      return options.removeNotSet === false ? [item] : [];
    });
  }
  if (typeof template !== 'object') throw new TemplateTypeError(typeof template);
  const result = {};
  for (const [key, member] of Object.entries(template as JsonObject)) {
    const applied = apply(member, values, options);
    if (applied !== NotSet) setOwn(result, key, applied);
    else if (options.removeNotSet === false) setOwn(result, key, member);
  }
  return result;
}

function applyToText(text: string, values: JsonObject, options: Pass): JsonValue | NotSet {
  const skipped = options.skipPrefixes ?? [];
  const isSkipped = ({ name }: Placeholder): boolean => skipped.some((prefix) => name.startsWith(prefix));
  const placeholders = placeholdersIn(text, options.budget);
  const [only] = placeholders;
  if (only?.match === text && only.kind === 'standard' && !isSkipped(only))
    return valueAtPath(values, only.name, options.budget);
  return replacePlaceholders(text, placeholders, options.budget, (placeholder) =>
    isSkipped(placeholder) ? null : textFor(placeholder, values, options),
  );
}

function textFor(placeholder: Placeholder, values: JsonObject, options: Pass): string | null {
  const whenMissing = options.removeNotSet === false ? null : '';
  if (placeholder.kind === 'env_var')
    return environmentValue(placeholder.name.replace(/^\$+/, ''), options) ?? whenMissing;
  if (placeholder.kind !== 'standard') return null;
  const value = valueAtPath(values, placeholder.name, options.budget);
  return value === NotSet ? whenMissing : pythonStr(value);
}

function environmentValue(name: string, { environment = {} }: ApplyOptions): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}
