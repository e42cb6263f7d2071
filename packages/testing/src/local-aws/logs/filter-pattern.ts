import { invalidParameter } from '../server/aws-error.js';

/**
 * Returns whether messages match a filter pattern of plain terms: every bare or quoted term must occur, those with `-`
 * must not, and at least one of those with `?` must. JSON and field patterns are rejected rather than misread.
 */
export function compileFilterPattern(pattern = ''): (message: string) => boolean {
  const text = pattern.trim();
  if (text.startsWith('{') || text.startsWith('[') || text.startsWith('%')) {
    throw invalidParameter('Invalid filter pattern: the local AWS knows patterns of plain terms only');
  }
  const terms = [...text.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map((match) => ({
    sign: match[1] ?? '',
    term: match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '',
  }));
  const optional = terms.filter(({ sign }) => sign === '?');
  return (message) =>
    terms.every(({ sign, term }) => sign === '?' || message.includes(term) === (sign !== '-')) &&
    (optional.length === 0 || optional.some(({ term }) => message.includes(term)));
}
