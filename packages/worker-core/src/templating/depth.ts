import type { JsonValue } from '../json/json.js';
import { TemplateTooDeepError } from './templating-errors.js';

/** Most levels of objects and lists in what is rendered. Each step of rendering calls itself once a level. */
const MAX_TEMPLATE_DEPTH = 500;

/**
 * Checks the nesting of a value. Calls itself once a level, down to the limit: that much the stack holds.
 *
 * @param what names the value in the error
 * @throws TemplateTooDeepError
 */
export function checkDepth(value: JsonValue, what: string): void {
  if (isDeeperThan(value, MAX_TEMPLATE_DEPTH)) throw new TemplateTooDeepError(what, MAX_TEMPLATE_DEPTH);
}

function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    if (levels === 0 || isDeeperThan((value as Record<string, JsonValue>)[key] as JsonValue, levels - 1)) return true;
  }
  return false;
}
