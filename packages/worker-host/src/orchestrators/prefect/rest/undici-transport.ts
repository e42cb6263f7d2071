import { type PrefectConnection, readCaFile } from '../connection.js';
import { proxyFor } from '../proxy.js';
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpTransport,
  HttpTransportError,
  type TransportFailure,
} from './http-transport.js';
import { readBody } from './read-body.js';

const MAX_CONNECTIONS = 16;
/** Prefect Cloud's balancer closes at 30 s, a self-hosted server after 5 s of idleness. */
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
  UND_ERR_SOCKET: 'reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
};

/** Node's codes for a certificate that is not accepted. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY_LEAF_SIGNATURE|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$/;
const TRUST_HINT = 'Set PREFECT_API_SSL_CERT_FILE to a PEM file with the authority that signed the certificate.';

/** The transport over undici: pooled connections, TLS and proxy as the settings say. */
export async function createUndiciTransport(
  connection: PrefectConnection,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HttpTransport> {
  const { Agent, ProxyAgent, request } = await import('undici');
  const ca = readCaFile(connection);
  const tls = { rejectUnauthorized: connection.isTlsVerified, ...(ca === undefined ? {} : { ca }) };
  const options = {
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: connection.isCloud ? CLOUD_KEEP_ALIVE_MS : SERVER_KEEP_ALIVE_MS,
    headersTimeout: connection.requestTimeoutMs,
    bodyTimeout: connection.requestTimeoutMs,
    connect: { ...tls, timeout: connection.requestTimeoutMs },
  };
  // A chunk may take as long as the request; a whole body twice as long.
  const bodyTimeoutMs = 2 * connection.requestTimeoutMs;
  const proxy = proxyFor(connection.apiUrl, environment);
  const dispatcher = proxy === null ? new Agent(options) : new ProxyAgent({ ...options, uri: proxy, requestTls: tls });

  return {
    async send(asked: HttpRequest): Promise<HttpAnswer> {
      try {
        const answer = await request(asked.url, {
          dispatcher,
          method: asked.method as 'GET',
          headers: asked.headers,
          body: asked.body,
          signal: asked.signal ?? null,
        });
        const headers: Record<string, string> = {};
        for (const [name, value] of Object.entries(answer.headers)) {
          if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
        }
        return { status: answer.statusCode, headers, body: await readBody(answer.body, headers, bodyTimeoutMs) };
      } catch (error) {
        if (asked.signal?.aborted) throw asked.signal.reason;
        throw error instanceof HttpTransportError ? error : transportError(error);
      }
    },
    close: () => dispatcher.destroy(),
  };
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
