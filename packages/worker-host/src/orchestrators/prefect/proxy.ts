const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'ws:': '80', 'https:': '443', 'wss:': '443' };

/**
 * Returns the proxy for a URL by the usual variables (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either
 * case). WebSockets use the proxy of their HTTP equivalent. Null: no proxy.
 */
export function proxyFor(url: string, environment: Readonly<Record<string, string | undefined>>): string | null {
  const target = new URL(url);
  const read = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined;
  const isSecure = target.protocol === 'https:' || target.protocol === 'wss:';
  const proxy = read(isSecure ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? read('ALL_PROXY');
  if (proxy === undefined || isExempt(target, read('NO_PROXY') ?? '')) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExempt(target: URL, noProxy: string): boolean {
  const host = target.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const port = target.port || DEFAULT_PORTS[target.protocol];
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (entryPort !== undefined && entryPort !== port) return false;
      const bare = name.replace(/^\*?\./, '');
      return host === bare || host.endsWith(`.${bare}`);
    });
}
