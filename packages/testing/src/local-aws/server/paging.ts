import { invalidParameter } from './aws-error.js';

/** Returns an opaque page token for a position. */
export function encodePageToken(position: number | string): string {
  return Buffer.from(`local-aws:${position}`).toString('base64url');
}

/** Returns the position of a page token; null for none. Throws for an invalid token. */
export function decodePageToken(
  token: string | undefined,
  refuse: () => Error = () => invalidParameter('Invalid token'),
): string | null {
  if (token === undefined || token === '') return null;
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('local-aws:')) throw refuse();
  return text.slice('local-aws:'.length);
}

/** Returns one page, by offset, of a list whose order does not change. */
export function pageOf<T>(
  entries: readonly T[],
  token: string | undefined,
  size: number,
  refuse?: () => Error,
): { page: T[]; nextToken: string | undefined } {
  const position = decodePageToken(token, refuse);
  const start = position === null ? 0 : Number(position);
  const end = start + size;
  return { page: entries.slice(start, end), nextToken: end < entries.length ? encodePageToken(end) : undefined };
}
