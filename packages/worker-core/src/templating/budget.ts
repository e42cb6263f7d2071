import type { JsonValue } from '../json/json.js';
import { TemplateTooDeepError, TemplateTooLargeError } from './templating-errors.js';

/** Most levels of objects and lists in what is rendered. Each step of rendering calls itself once a level. */
const MAX_DEPTH = 500;
/** Most units that a template, what is put into it, or one pass over it may cost. AWS takes 64 KiB of a task definition. */
const MAX_UNITS = 512 * 1024;
/** A character costs one unit; each value, member and placeholder this many beside its characters. */
const UNITS_OF_NODE = 16;
/** A variable or block that is read from the control plane. */
const UNITS_OF_READ = 1024;

/** What one pass over a template may cost: time and memory are linear in the units spent. */
export class RenderBudget {
  #spent = 0;

  /** @throws TemplateTooLargeError when more than {@link MAX_UNITS} are spent */
  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > MAX_UNITS) throw new TemplateTooLargeError(MAX_UNITS);
  }

  /** A value, member or placeholder, with the text it has. */
  spendNode(text = ''): void {
    this.spend(UNITS_OF_NODE + text.length);
  }

  spendRead(): void {
    this.spend(UNITS_OF_READ);
  }
}

/**
 * Checks nesting and size of a value. Calls itself once a level, down to the limit: that much the stack holds. A value that
 * occurs in several places counts in each.
 *
 * @param what names the value in the error
 * @throws TemplateTooDeepError, TemplateTooLargeError
 */
export function checkShape(value: JsonValue, what: string): void {
  const budget = new RenderBudget();
  if (isDeeperThan(value, MAX_DEPTH, budget)) throw new TemplateTooDeepError(what, MAX_DEPTH);
}

function isDeeperThan(value: JsonValue, levels: number, budget: RenderBudget): boolean {
  budget.spendNode(typeof value === 'string' ? value : '');
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    budget.spend(key.length);
    if (levels === 0 || isDeeperThan((value as Record<string, JsonValue>)[key] as JsonValue, levels - 1, budget)) {
      return true;
    }
  }
  return false;
}
