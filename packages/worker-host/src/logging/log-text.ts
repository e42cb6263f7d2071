import type { LogFields } from '@worker-host/core';

const LONGEST_VALUE = 2000;

const BETWEEN_CAUSES = ' <- ';

/**
 * Formats the fields of a line for people: `key=value`, with long values truncated; of an error, what the line does not
 * contain.
 */
export function fieldsText({ error, ...fields }: LogFields, line: string): string {
  return [...Object.entries(fields), unsaidOf(error, line)]
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(' ');
}

function unsaidOf(error: unknown, line: string): readonly [string, unknown] {
  if (error === undefined) return ['error', undefined];
  const said = (error instanceof Error ? errorLine(error) : String(error)).split(BETWEEN_CAUSES);
  const unsaid = said.filter((text) => !line.includes(text));
  const text = unsaid.length === 0 ? undefined : unsaid.join(BETWEEN_CAUSES);
  return [unsaid.length === said.length ? 'error' : 'cause', text];
}

/** Formats an error as one line, with its causes. */
export function errorLine(error: unknown): string {
  const lines: string[] = [];
  for (let each = error, depth = 0; each !== undefined && each !== null && depth < 4; depth += 1) {
    lines.push(each instanceof Error ? `${each.name}: ${each.message}` : String(each));
    each = each instanceof Error ? each.cause : undefined;
  }
  return lines.join(BETWEEN_CAUSES);
}

function valueText(value: unknown): string {
  if (value instanceof Error) return cut(errorLine(value));
  if (typeof value === 'string') return cut(/[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value);
  try {
    return cut(JSON.stringify(value) ?? String(value));
  } catch {
    return cut(String(value));
  }
}

function cut(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}… (cut)` : text;
}
