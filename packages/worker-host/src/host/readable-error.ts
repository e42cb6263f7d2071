import { PluginErrorUnreadable } from './run/run-errors.js';

const LONGEST_MESSAGE = 10_000;
const DEEPEST_CAUSE = 5;

/**
 * Returns an error of the plugin that is safe to read, log and store: an error whose members throw is replaced, a
 * message beyond 10,000 characters is truncated.
 */
export function readableError(error: unknown, type: string): unknown {
  try {
    let each = error;
    for (let depth = 0; depth < DEEPEST_CAUSE && each instanceof Error; depth += 1) {
      const { message, name, stack } = each;
      if (typeof message !== 'string' || typeof name !== 'string') return new PluginErrorUnreadable(type);
      if (message.length > LONGEST_MESSAGE) shorten(each, 'message', message);
      if (typeof stack === 'string' && stack.length > LONGEST_MESSAGE) shorten(each, 'stack', stack);
      each = each.cause;
    }
    if (each instanceof Error) return error;
    const text = String(each);
    return each === error && text.length > LONGEST_MESSAGE ? new Error(cut(text)) : error;
  } catch {
    return new PluginErrorUnreadable(type);
  }
}

function shorten(error: Error, member: 'message' | 'stack', text: string): void {
  Object.defineProperty(error, member, { value: cut(text), configurable: true, writable: true });
}

function cut(text: string): string {
  return `${text.slice(0, LONGEST_MESSAGE)}… (${text.length} characters)`;
}
