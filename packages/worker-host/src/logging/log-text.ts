import type { LogFields } from '@worker-host/core';

const LONGEST_VALUE = 2000;

/** The fields of a line as people read them: `key=value`, with long values cut short; without what the line says already. */
export function fieldsText(fields: LogFields, line: string): string {
  return Object.entries(fields)
    .filter(([key, value]) => value !== undefined && !(key === 'error' && line.includes(textOfError(value))))
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(' ');
}

/** An error in one line, with its causes. */
export function errorLine(error: unknown): string {
  const lines: string[] = [];
  for (let each = error, depth = 0; each !== undefined && each !== null && depth < 4; depth += 1) {
    lines.push(each instanceof Error ? `${each.name}: ${each.message}` : String(each));
    each = each instanceof Error ? each.cause : undefined;
  }
  return lines.join(' <- ');
}

function textOfError(error: unknown): string {
  return error instanceof Error ? errorLine(error) : String(error);
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
