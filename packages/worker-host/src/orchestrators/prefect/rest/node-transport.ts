import { type AgentOptions, type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type PrefectConnection, readCaFile } from '../connection.js';
import { proxyFor } from '../proxy.js';
import { Exchange } from './exchange.js';
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpTransport,
  HttpTransportError,
  type TransportFailure,
} from './http-transport.js';
import { LONGEST_TIMER_MS, readBody } from './read-body.js';

const MAX_CONNECTIONS = 16;
/** Prefect Cloud's load balancer closes idle connections after 30 s, a self-hosted server after 5 s. */
const CLOUD_KEEP_ALIVE_MS = 25_000;
const SERVER_KEEP_ALIVE_MS = 4_000;

const FAILURES: Readonly<Record<string, TransportFailure>> = {
  ECONNREFUSED: 'connect',
  ENOTFOUND: 'connect',
  EAI_AGAIN: 'connect',
  EHOSTUNREACH: 'connect',
  ENETUNREACH: 'connect',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
};

/** Node's codes for a certificate that is not accepted. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY_LEAF_SIGNATURE|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$/;
const TRUST_HINT = 'Set PREFECT_API_SSL_CERT_FILE to a PEM file with the authority that signed the certificate.';

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpAgent;
}

/** The transport over Node's HTTP client: pooled connections, TLS and proxy as configured. */
export async function createNodeTransport(
  connection: PrefectConnection,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HttpTransport> {
  const ca = readCaFile(connection);
  const tls = { rejectUnauthorized: connection.isTlsVerified, ...(ca === undefined ? {} : { ca }) };
  const agents = await agentsFor(connection, environment);
  const timeoutMs = Math.min(connection.requestTimeoutMs, LONGEST_TIMER_MS);
  const inFlight = new Set<Exchange>();

  const open = (asked: HttpRequest): ClientRequest => {
    const length = asked.body === null ? {} : { 'Content-Length': Buffer.byteLength(asked.body) };
    const options = { method: asked.method, headers: { ...asked.headers, ...length }, timeout: timeoutMs };
    return asked.url.startsWith('https:')
      ? httpsRequest(asked.url, { ...options, ...tls, agent: agents.https })
      : httpRequest(asked.url, { ...options, agent: agents.http });
  };

  return {
    async send(asked: HttpRequest): Promise<HttpAnswer> {
      const { signal } = asked;
      signal?.throwIfAborted();
      let exchange: Exchange | undefined;
      const abandon = (): void => exchange?.abandon(new Error('The request was aborted'));
      signal?.addEventListener('abort', abandon);
      try {
        exchange = new Exchange(open(asked), timeoutMs);
        inFlight.add(exchange);
        exchange.send(asked.body);
        const answer = await exchange.response;
        const headers: Record<string, string> = {};
        for (const [name, value] of Object.entries(answer.headers)) {
          if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
        }
        // Each chunk can take as long as the request; a complete body twice as long.
        const body = await readBody(answer, headers, 2 * connection.requestTimeoutMs);
        return { status: answer.statusCode ?? 0, headers, body };
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw error instanceof HttpTransportError ? error : transportError(error);
      } finally {
        signal?.removeEventListener('abort', abandon);
        if (exchange !== undefined) inFlight.delete(exchange);
      }
    },
    async close() {
      for (const exchange of inFlight) exchange.abandon(new Error('The client is closed'));
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

async function agentsFor(
  { apiUrl, isCloud }: PrefectConnection,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Agents> {
  // The timeout of an agent applies to idle connections.
  const timeout = isCloud ? CLOUD_KEEP_ALIVE_MS : SERVER_KEEP_ALIVE_MS;
  const options: AgentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS, scheduling: 'lifo', timeout };
  const proxy = proxyFor(apiUrl, environment);
  if (proxy === null) return { http: new HttpAgent(options), https: new HttpsAgent(options) };
  const { TunnelAgent } = await import('./tunnel-agent.js');
  const agent = new TunnelAgent(proxy, options);
  // The agent applies these only to its connection to the proxy.
  Object.assign(agent.options, { keepAlive: true, timeout });
  return { http: agent, https: agent };
}

function transportError(error: unknown): HttpTransportError {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message || code : String(error);
  const text = code ? `${code}: ${message}` : message;
  if (UNTRUSTED.test(code)) return new HttpTransportError('untrusted', `${text}. ${TRUST_HINT}`, { cause: error });
  return new HttpTransportError(FAILURES[code] ?? 'protocol', text, { cause: error });
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
