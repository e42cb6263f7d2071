import { inspect } from 'node:util';
import type { Observed } from './observation.js';

const DEEPEST_CAUSE = 5;

/** Returns all texts that a worker exposed during a test, each with its source. */
export function reachedTexts({
  trials,
  reasons,
  answers,
  printed,
}: Observed): readonly (readonly [where: string, text: string])[] {
  const texts: (readonly [string, string])[] = [];
  for (const { what, context, resolvedWith } of trials) {
    for (const call of context.calls) texts.push([`context.${call.call}() of ${what}`, deepText(call)]);
    for (const line of context.logger.lines) texts.push([`a log line of ${what}`, deepText(line)]);
    if (resolvedWith !== null) texts.push([`the result of ${what}`, deepText(resolvedWith)]);
  }
  for (const [what, value] of answers) texts.push([`what ${what} resolved with`, deepText(value)]);
  texts.push(['what the worker printed', printed]);
  for (const reason of reasons) texts.push(['an error', errorText(reason)]);
  return texts;
}

function errorText(reason: unknown): string {
  const texts: string[] = [];
  for (let each = reason; each instanceof Error && texts.length < DEEPEST_CAUSE; each = each.cause)
    texts.push(each.message, each.stack ?? '', deepText((each as { readonly details?: unknown }).details));
  return texts.length === 0 ? deepText(reason) : texts.join('\n');
}

function deepText(value: unknown): string {
  return inspect(value, {
    depth: 10,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  });
}
