import { randomUUID } from 'node:crypto';

/**
 * Returns a UUID of version 7 (RFC 9562): ids of one time lie side by side in an index, so that adding many writes few of its
 * pages.
 *
 * @param nowMs milliseconds since the epoch
 */
export function timeOrderedId(nowMs: number): string {
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0');
  return `${time.slice(-12, -4)}-${time.slice(-4)}-7${randomUUID().slice(15)}`;
}
