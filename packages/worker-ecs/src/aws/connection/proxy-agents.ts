import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https';
import { type ProxyRules, proxyFor, type RequestTarget } from './proxy-rules.js';

/** Opens connections, like the agents of Node and hpagent. */
type Connect = (options: object, callback: (error: Error | null, socket?: unknown) => void) => unknown;

/** Options that Node passes to an agent for a connection. */
interface ConnectionOptions {
  readonly host?: string | null;
  readonly port?: number | string | null;
}

/** Creates the agents of a client, which choose the proxy for each host they connect to. */
export async function agentsFor(
  rules: ProxyRules,
  common: AgentOptions,
  tls: HttpsAgentOptions,
): Promise<{ readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }> {
  if (rules.http === null && rules.https === null) {
    return { httpAgent: new HttpAgent(common), httpsAgent: new HttpsAgent({ ...common, ...tls }) };
  }
  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent');
  const { http, https } = rules;
  const viaHttp = http === null ? null : new HttpProxyAgent({ ...common, proxy: http });
  const viaHttps = https === null ? null : new HttpsProxyAgent({ ...common, ...tls, proxy: https });
  const httpAgent = new HttpAgent(common);
  const httpsAgent = new HttpsAgent({ ...common, ...tls });
  choosePerHost(httpAgent, viaHttp, rules, 'http:');
  choosePerHost(httpsAgent, viaHttps, rules, 'https:');
  return { httpAgent, httpsAgent };
}

function choosePerHost(
  agent: HttpAgent | HttpsAgent,
  tunnel: HttpAgent | HttpsAgent | null,
  rules: ProxyRules,
  protocol: RequestTarget['protocol'],
): void {
  if (tunnel === null) return;
  const direct = connectOf(agent);
  const tunnelled = connectOf(tunnel);
  const connect: Connect = (options, callback) => {
    const target = targetOf(options, protocol);
    const proxy = proxyFor(rules, target);
    if (proxy === null) return direct(options, callback);
    tunnelled(options, (error, socket) => callback(error && proxyError(error, proxy, target), socket));
    return undefined;
  };
  Object.assign(agent, { createConnection: connect });
}

function connectOf(agent: HttpAgent | HttpsAgent): Connect {
  return (Reflect.get(agent, 'createConnection') as Connect).bind(agent);
}

function targetOf(options: ConnectionOptions, protocol: RequestTarget['protocol']): RequestTarget {
  const port = Number(options.port) || (protocol === 'https:' ? 443 : 80);
  return { protocol, host: options.host ?? 'localhost', port };
}

/** Adds proxy and response to an error. `EPROXY`: AWS was not reached, whatever status the proxy returned. */
function proxyError(error: Error, proxy: string, { host, port }: RequestTarget): Error {
  const status = /^Bad response: (\d{3})$/.exec(error.message)?.[1];
  const isSilent = error.message === 'Proxy timeout';
  if (!status && !isSilent) return error;
  const what = status ? `answered ${status}` : 'did not answer';
  const message = `The proxy ${new URL(proxy).host} ${what} to CONNECT ${host}:${port}`;
  return Object.assign(new Error(message, { cause: error }), { code: 'EPROXY' });
}
