import { BlockList, isIP } from 'node:net';
import type { Environment } from '../region.js';

/** Rules that select a proxy for each request. */
export interface ProxyRules {
  /** URL of the proxy for `http:` targets; null: none. */
  readonly http: string | null;
  /** URL of the proxy for `https:` targets; null: none. */
  readonly https: string | null;
  /** Targets that are reached directly, as in `NO_PROXY`; null: none; then this machine is not excepted either. */
  readonly except: string | null;
}

/** Target of a request. */
export interface RequestTarget {
  readonly protocol: 'http:' | 'https:';
  /** Host name or address; an IPv6 address with or without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads the rules as curl, Go and botocore do: lower-case variables take precedence, an empty one counts as absent, a proxy
 * without a scheme is an HTTP proxy. Proxies configured for the client apply to every target.
 */
export function proxyRules(
  configured: { readonly http: string | null; readonly https: string | null },
  environment: Environment,
): ProxyRules {
  if (configured.http || configured.https) {
    return { http: withScheme(configured.http), https: withScheme(configured.https), except: null };
  }
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || null;
  return {
    http: withScheme(read('HTTP_PROXY')),
    https: withScheme(read('HTTPS_PROXY')),
    except: read('NO_PROXY') ?? '',
  };
}

/** Returns the URL of the proxy for a target; null: the target is reached directly. */
export function proxyFor({ http, https, except }: ProxyRules, target: RequestTarget): string | null {
  const proxy = target.protocol === 'https:' ? https : http;
  if (proxy === null || except === null) return proxy;
  const host = plainHost(target.host);
  if (isLoopbackHost(host)) return null;
  const entries = except.split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => covers(entry, host, target.port)) ? null : proxy;
}

/** Returns whether a name or address is this machine. */
export function isLoopbackHost(host: string): boolean {
  const plain = plainHost(host);
  return plain === 'localhost' || plain.endsWith('.localhost') || plain === '::1' || /^127(?:\.\d+){3}$/.test(plain);
}

function withScheme(proxy: string | null): string | null {
  return proxy && !proxy.includes('://') ? `http://${proxy}` : proxy || null;
}

function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** Matches an entry: `*`, a domain (itself and all subdomains), an address, or an address range; each can have a port. */
function covers(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const [, bracketed, name, wantedPort] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  if (wantedPort !== undefined && Number(wantedPort) !== port) return false;
  const named = plainHost(bracketed ?? name ?? entry);
  const hostVersion = isIP(host);
  if (hostVersion !== 0) return coversAddress(named, host, hostVersion);
  const domain = named.replace(/^\*?\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function coversAddress(entry: string, host: string, hostVersion: number): boolean {
  const [address = '', bits] = entry.split('/');
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const longest = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (prefix < 0 || prefix > longest) return false;
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return range.check(host, hostVersion === 6 ? 'ipv6' : 'ipv4');
}
