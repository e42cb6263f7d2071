import { isJsonObject, type JsonObject } from '@worker-host/core';

const MAX_DETAIL_CHARACTERS = 2000;

/**
 * Returns the server's message from any of its three formats of error bodies: `{detail}`, `{exception_message}` and the
 * validation format, with path and message of each problem. Never repeats what was sent.
 */
export function errorDetail(bodyText: string): string {
  const body = parse(bodyText);
  if (!isJsonObject(body)) return cut(bodyText.replace(/\s+/g, ' ').trim() || 'no reason was given');
  const { detail, exception_message: message, exception_detail: problems } = body;
  const parts: string[] = [];
  if (typeof detail === 'string') parts.push(detail);
  else if (Array.isArray(detail)) parts.push(...detail.filter(isJsonObject).map(problemText));
  if (typeof message === 'string') parts.push(message);
  if (Array.isArray(problems)) parts.push(...problems.filter(isJsonObject).map(problemText));
  return cut(parts.join('; ') || 'no reason was given');
}

function problemText(problem: JsonObject): string {
  const place = Array.isArray(problem.loc) ? problem.loc.join('.') : '';
  const text = typeof problem.msg === 'string' ? problem.msg : String(problem.type);
  return place ? `${place}: ${text}` : text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function cut(text: string): string {
  return text.length > MAX_DETAIL_CHARACTERS ? `${text.slice(0, MAX_DETAIL_CHARACTERS)}…` : text;
}
