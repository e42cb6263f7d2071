import type { JsonValue } from '../json/json.js';
import { TemplateTooDeepError } from './templating-errors.js';

/** Most levels of objects and lists in what is rendered. Each step of rendering calls itself once a level. */
const MAX_TEMPLATE_DEPTH = 500;

/**
 * Checks the nesting of a value without calling itself, so that no depth can exhaust the stack.
 *
 * @param what names the value in the error
 * @throws TemplateTooDeepError
 */
export function checkDepth(value: JsonValue, what: string): void {
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_TEMPLATE_DEPTH) throw new TemplateTooDeepError(what, MAX_TEMPLATE_DEPTH);
    const below: JsonValue[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      for (const member of Object.values(each) as JsonValue[]) below.push(member);
    }
    level = below;
  }
}
