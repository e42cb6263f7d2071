import { objectIn } from '../aws/aws-query.js';

/**
 * Whether a rule of EventBridge takes an event. Members that the event does not have, and operators that are not known here, count as
 * fulfilled, so that `false` is certain.
 *
 * @param pattern JSON, as the rule has it
 */
export function takesEvent(pattern: string, event: unknown): boolean {
  try {
    return takes(JSON.parse(pattern), event);
  } catch {
    return false;
  }
}

function takes(pattern: unknown, value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(pattern)) return pattern.some((wanted: unknown) => isTaken(wanted, value));
  return Object.entries(objectIn(pattern)).every(([name, wanted]) =>
    name === '$or' && Array.isArray(wanted)
      ? wanted.some((each: unknown) => takes(each, value))
      : takes(wanted, objectIn(value)[name]),
  );
}

function isTaken(wanted: unknown, value: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  const [[operator, operand] = ['', undefined]] = Object.entries(wanted);
  const text = String(value);
  switch (operator) {
    case 'prefix':
      return typeof operand !== 'string' || text.startsWith(operand);
    case 'suffix':
      return typeof operand !== 'string' || text.endsWith(operand);
    case 'equals-ignore-case':
      return text.toLowerCase() === String(operand).toLowerCase();
    case 'wildcard':
      return [operand].flat().some((each) => fitsWildcard(String(each), text));
    case 'exists':
      return operand === true;
    case 'anything-but':
      return ![operand].flat().some((each: unknown) => isTaken(each, value));
    default:
      return true;
  }
}

function fitsWildcard(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${source}$`).test(text);
}
