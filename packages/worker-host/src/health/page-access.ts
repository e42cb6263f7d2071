import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Suffixes of names that only private networks resolve. */
const PRIVATE_ENDS = ['.localhost', '.local', '.internal', '.svc', '.cluster.local'];

/** Access rules of a server. */
export interface PageAccess {
  /** Allowed host names, in addition to those of this machine and its network. */
  readonly hosts: readonly string[];
  /** Null: any client can read. */
  readonly token: string | null;
}

/**
 * Returns whether a request names this server. A page of another site can make its host name resolve to this address (DNS
 * rebinding), but its requests then carry that name: only addresses, names without a dot, and names of private networks are
 * accepted.
 */
export function isOwnHost(host: string | undefined, { hosts }: PageAccess): boolean {
  // HTTP/1.0 has no such header; browsers do not use it.
  if (host === undefined) return true;
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]@/\s]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase().replace(/\.$/, '');
  if (name === undefined || name === '') return false;
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.')) return true;
  if (name === hostname().toLowerCase() || PRIVATE_ENDS.some((end) => name.endsWith(end))) return true;
  return hosts.some((each) => each.toLowerCase() === name);
}

/**
 * Returns whether a request contains the token: `Authorization: Bearer TOKEN`, or as the password of Basic, for which browsers
 * prompt.
 */
export function showsToken(authorization: string | undefined, { token }: PageAccess): boolean {
  if (token === null) return true;
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (/^bearer$/i.test(scheme)) return isSame(value, token);
  if (!/^basic$/i.test(scheme)) return false;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return isSame(pair.slice(pair.indexOf(':') + 1), token);
}

/**
 * Rejects a request that names another server or lacks the token.
 *
 * @param hostsOption the option that allows hosts. @returns whether it was rejected, and a response sent.
 */
export function refuseUntrusted(
  { headers }: IncomingMessage,
  response: ServerResponse,
  access: PageAccess,
  hostsOption: string,
): boolean {
  const refuse = (status: number, text: string): true => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    response.end(`${text}\n`);
    return true;
  };
  if (!isOwnHost(headers.host, access)) return refuse(421, `This host name is not allowed; see ${hostsOption}.`);
  if (showsToken(headers.authorization, access)) return false;
  response.setHeader('www-authenticate', 'Basic realm="worker-host", charset="UTF-8"');
  return refuse(401, 'A token is required: WORKER_HOST_WEBSERVER_TOKEN.');
}

/** Compares in constant time. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
