import type { JsonValue } from '../json/json.js';
import { TemplateTooDeepError, TemplateTooLargeError } from './templating-errors.js';

/** Maximum nesting of objects and lists in what is rendered. Rendering is recursive. */
const MAX_DEPTH = 500;
/**
 * Maximum cost in units of a template, of the values applied to it, or of one pass over it. AWS accepts task definitions of 64
 * KiB.
 */
const MAX_UNITS = 512 * 1024;
/** A character costs one unit; each value, member and placeholder costs this in addition to its characters. */
const UNITS_OF_NODE = 16;
/** Cost of a variable or block that is read from the control plane. */
const UNITS_OF_READ = 1024;

/** Limits one pass over a template: time and memory are linear in the units spent. */
export class RenderBudget {
  #spent = 0;

  /** @throws TemplateTooLargeError if more than {@link MAX_UNITS} are spent */
  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > MAX_UNITS) throw new TemplateTooLargeError(MAX_UNITS);
  }

  /** Spends the cost of a value, member or placeholder with its text. */
  spendNode(text = ''): void {
    this.spend(UNITS_OF_NODE + text.length);
  }

  spendRead(): void {
    this.spend(UNITS_OF_READ);
  }
}

/**
 * Checks nesting and size of a value. Recursive down to the limit, which the stack can hold. A value that occurs in several
 * places counts for each.
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
