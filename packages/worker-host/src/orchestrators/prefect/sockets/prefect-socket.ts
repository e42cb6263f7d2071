import { jsonExcess, type Logger } from '@worker-host/core';
import type WebSocket from 'ws';
import { type PrefectConnection, readCaFile, socketUrl, USER_AGENT } from '../connection.js';
import { proxyFor } from '../proxy.js';
import { MOST_ANSWER_BYTES } from '../rest/read-body.js';
import { FrameBudget } from './frame-budget.js';

/** Why a socket could not be opened. */
export class SocketRefusedError extends Error {
  constructor(
    /** `upgrade`: answered by HTTP with `status`; `auth`: closed during authentication; `network`: no response. */
    readonly stage: 'upgrade' | 'auth' | 'network' | 'timeout',
    readonly status: number | null,
    /** Close code and reason of the server, if any. */
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
  /** Resolves when the frame is passed to the system. Rejects if the socket is closed. */
  send(frame: unknown): Promise<void>;
  /** Sends a ping; resolves with the pong. Rejects if the socket closes first. */
  ping(): Promise<void>;
  /** Called for every text frame; set once, before the next turn of the event loop. */
  onFrame: (text: string) => void;
  /** Resolves when the socket is closed, by either side or by a failure (code 1006). */
  readonly closed: Promise<SocketClose>;
  /** Closes the socket, and destroys a connection whose other side does not respond within two seconds. */
  close(code?: number, reason?: string): void;
}

export interface SocketOpening {
  readonly connection: PrefectConnection;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path relative to the API's URL. */
  readonly path: string;
  /** Sent in the auth message. Undefined: no auth message and no subprotocol (Prefect Cloud's event intake). */
  readonly token?: string | null;
  /** Additional handshake headers. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Opens sockets; replaced in tests. */
export type SocketOpener = (opening: SocketOpening) => Promise<PrefectSocket>;

const OPEN_TIMEOUT_MS = 10_000;
/** Both sides ping; a side that does not answer within an interval counts as dead. */
const PING_INTERVAL_MS = 20_000;
const ABNORMAL = 1006;
const TOO_BIG = 1009;
/** Time limit for the other side to answer the close of a socket. */
const CLOSE_TIMEOUT_MS = 2000;
const HANDSHAKE_HEADERS = /^(host|user-agent|upgrade|connection|sec-websocket-.*|prefect-csrf-.*)$/i;

/**
 * Opens a socket of the Prefect API: upgrade with subprotocol `prefect`, then the auth message.
 *
 * @throws SocketRefusedError; the signal's reason if it is aborted
 */
export const openPrefectSocket: SocketOpener = async (opening) => {
  const open = await connect(opening);
  if (opening.token === undefined) return open;
  const answer = new Promise<string>((resolve) => {
    open.onFrame = resolve;
  });
  await open.send({ type: 'auth', token: opening.token }).catch((error: unknown) => {
    open.close();
    throw new SocketRefusedError('network', null, null, String(error), { cause: error });
  });
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
    `authentication failed: ${close ? describeClose(close) : 'unexpected response'}`,
  );
};

/** Describes code and reason. */
export function describeClose(close: SocketClose): string {
  return close.reason === '' ? `closed with ${close.code}` : `closed with ${close.code} (${close.reason})`;
}

async function connect(opening: SocketOpening): Promise<OpenSocket> {
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
    maxPayload: MOST_ANSWER_BYTES,
    perMessageDeflate: false,
    // Frames that arrived together yield to other work between them.
    allowSynchronousEvents: false,
    rejectUnauthorized: connection.isTlsVerified,
    ...(ca === undefined ? {} : { ca }),
    ...(agent ? { agent } : {}),
  });
  // Created immediately: frames sent with the upgrade arrive before anything that awaits it.
  const open = new OpenSocket(socket, opening);
  return new Promise<OpenSocket>((resolve, reject) => {
    const onAbort = (): void => {
      socket.terminate();
      reject(signal?.reason);
    };
    const settle = (): void => signal?.removeEventListener('abort', onAbort);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('open', () => {
      settle();
      resolve(open);
    });
    socket.once('unexpected-response', (_request, response) => {
      settle();
      const status = response.statusCode ?? 0;
      reject(new SocketRefusedError('upgrade', status, null, `the upgrade was rejected with HTTP ${status}`));
      socket.terminate();
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

  constructor(
    private readonly socket: WebSocket,
    { path, logger }: Pick<SocketOpening, 'path' | 'logger'>,
  ) {
    const budget = new FrameBudget(socket, () =>
      logger.warn('The Prefect API sends more through a socket than the worker reads; reading is slowed down', {
        path,
      }),
    );
    const warn = (problem: string): void =>
      logger.warn('The Prefect API sent an invalid frame; reopening the socket', {
        path,
        problem,
      });
    socket.on('error', (error) => {
      // For example a frame that is too large; network problems are logged when the socket is reopened.
      const { code } = error as { readonly code?: unknown };
      if (String(code).startsWith('WS_ERR_')) warn(error.message);
    });
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
      budget.spend((data as Buffer).length);
      if (isBinary) return;
      const text = String(data);
      const excess = jsonExcess(text);
      if (excess === null) return this.onFrame(text);
      warn(`the frame ${excess}`);
      this.close(TOO_BIG, 'too_big');
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        clearInterval(timer);
        budget.dispose();
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
    if (this.socket.readyState === this.socket.CLOSED) return;
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT_MS);
    this.socket.once('close', () => clearTimeout(timer));
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
      reject(new SocketRefusedError('timeout', null, null, `no response within ${ms} ms`));
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
