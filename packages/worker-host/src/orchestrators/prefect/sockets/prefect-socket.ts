import type WebSocket from 'ws';
import { type PrefectConnection, readCaFile, socketUrl, USER_AGENT } from '../connection.js';
import { proxyFor } from '../proxy.js';

/** Why a socket did not come up. */
export class SocketRefusedError extends Error {
  constructor(
    /** `upgrade`: answered by HTTP with `status`; `auth`: closed during authentication; `network`: no answer. */
    readonly stage: 'upgrade' | 'auth' | 'network' | 'timeout',
    readonly status: number | null,
    /** Close code and reason of the server, where there was one. */
    readonly close: SocketClose | null,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SocketRefusedError';
  }
}

export interface SocketClose {
  readonly code: number;
  readonly reason: string;
}

/** An open, authenticated socket. */
export interface PrefectSocket {
  /** Resolves when the frame is handed to the system. Rejects when the socket is closed. */
  send(frame: unknown): Promise<void>;
  /** Asks for a sign of life; resolves with the answer. Rejects when the socket closes first. */
  ping(): Promise<void>;
  /** Called for every text frame; set once, before the next turn of the event loop. */
  onFrame: (text: string) => void;
  /** Resolves when the socket is closed, by either side or by a failure (code 1006). */
  readonly closed: Promise<SocketClose>;
  close(code?: number, reason?: string): void;
}

export interface SocketOpening {
  readonly connection: PrefectConnection;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Below the API's address. */
  readonly path: string;
  /** Sent in the auth message. Undefined: no auth message and no subprotocol (Prefect Cloud's event intake). */
  readonly token?: string | null;
  /** More handshake headers. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Opens sockets; a seam for tests. */
export type SocketOpener = (opening: SocketOpening) => Promise<PrefectSocket>;

const OPEN_TIMEOUT_MS = 10_000;
/** Both sides ping; one that does not answer within an interval is taken for dead. */
const PING_INTERVAL_MS = 20_000;
const ABNORMAL = 1006;
const HANDSHAKE_HEADERS = /^(host|user-agent|upgrade|connection|sec-websocket-.*|prefect-csrf-.*)$/i;

/**
 * Opens a socket of the Prefect API: upgrade with subprotocol `prefect`, then the auth message.
 *
 * @throws SocketRefusedError; the signal's reason when it is aborted
 */
export const openPrefectSocket: SocketOpener = async (opening) => {
  const socket = await connect(opening);
  const open = new OpenSocket(socket);
  if (opening.token === undefined) return open;
  const answer = new Promise<string>((resolve) => {
    open.onFrame = resolve;
  });
  await open.send({ type: 'auth', token: opening.token });
  const limit = timeLimit(OPEN_TIMEOUT_MS, opening.signal);
  const first = await Promise.race([answer, open.closed, limit.reached])
    .catch((error: unknown) => {
      open.close();
      throw error;
    })
    .finally(limit.lift);
  if (typeof first === 'string' && isAuthSuccess(first)) {
    open.onFrame = () => {};
    return open;
  }
  open.close();
  const close = typeof first === 'string' ? null : first;
  throw new SocketRefusedError(
    'auth',
    null,
    close,
    `authentication failed: ${close ? describeClose(close) : 'unexpected answer'}`,
  );
};

/** Code and reason in words. */
export function describeClose(close: SocketClose): string {
  return close.reason === '' ? `closed with ${close.code}` : `closed with ${close.code} (${close.reason})`;
}

async function connect(opening: SocketOpening): Promise<WebSocket> {
  const { connection, environment, signal } = opening;
  const { WebSocket } = await import('ws');
  const url = socketUrl(connection, opening.path);
  const proxy = proxyFor(url, environment);
  const agent = proxy === null ? undefined : new (await import('https-proxy-agent')).HttpsProxyAgent(proxy);
  const ca = readCaFile(connection);
  signal?.throwIfAborted();
  const { addressAuthorization } = connection;
  const custom = Object.entries(connection.customHeaders).filter(([name]) => !HANDSHAKE_HEADERS.test(name));
  const socket = new WebSocket(url, opening.token === undefined ? [] : ['prefect'], {
    headers: {
      'User-Agent': USER_AGENT,
      ...(addressAuthorization === null ? {} : { Authorization: addressAuthorization }),
      ...opening.headers,
      ...Object.fromEntries(custom),
    },
    handshakeTimeout: OPEN_TIMEOUT_MS,
    rejectUnauthorized: connection.isTlsVerified,
    ...(ca === undefined ? {} : { ca }),
    ...(agent ? { agent } : {}),
  });
  return new Promise<WebSocket>((resolve, reject) => {
    const onAbort = (): void => {
      socket.terminate();
      reject(signal?.reason);
    };
    const settle = (): void => signal?.removeEventListener('abort', onAbort);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('open', () => {
      settle();
      resolve(socket);
    });
    socket.once('unexpected-response', (request, response) => {
      settle();
      request.destroy();
      const status = response.statusCode ?? 0;
      reject(new SocketRefusedError('upgrade', status, null, `the upgrade was answered with HTTP ${status}`));
    });
    socket.on('error', (error) => {
      settle();
      reject(new SocketRefusedError('network', null, null, error.message, { cause: error }));
    });
  });
}

class OpenSocket implements PrefectSocket {
  onFrame: (text: string) => void = () => {};
  readonly closed: Promise<SocketClose>;
  #isAlive = true;
  readonly #pongs: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(private readonly socket: WebSocket) {
    const timer = setInterval(() => {
      if (!this.#isAlive) socket.terminate();
      this.#isAlive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    }, PING_INTERVAL_MS);
    timer.unref();
    socket.on('pong', () => {
      this.#isAlive = true;
      for (const pong of this.#pongs.splice(0)) pong.resolve();
    });
    socket.on('message', (data, isBinary) => {
      this.#isAlive = true;
      if (!isBinary) this.onFrame(String(data));
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        clearInterval(timer);
        const close = { code: code || ABNORMAL, reason: reason.toString('utf8') };
        for (const pong of this.#pongs.splice(0)) pong.reject(new Error(`no pong: ${describeClose(close)}`));
        resolve(close);
      });
    });
  }

  send(frame: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(JSON.stringify(frame), (error) => (error ? reject(error) : resolve()));
    });
  }

  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pongs.push({ resolve, reject });
      this.socket.ping(undefined, undefined, (error) => {
        if (error) reject(error);
      });
    });
  }

  close(code = 1000, reason = ''): void {
    this.socket.close(code, reason);
  }
}

function isAuthSuccess(text: string): boolean {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type === 'auth_success';
  } catch {
    return false;
  }
}

function timeLimit(ms: number, signal?: AbortSignal): { readonly reached: Promise<never>; readonly lift: () => void } {
  let lift = (): void => {};
  const reached = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new SocketRefusedError('timeout', null, null, `no answer within ${ms} ms`));
    }, ms);
    const onAbort = (): void => reject(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    lift = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  return { reached, lift };
}
