import type { ClientRequest, IncomingMessage } from 'node:http';
import { HttpTransportError } from './http-transport.js';

/** Event of an abandoned request: a request without a socket has no such event itself. */
export const ABANDONED = 'abandoned';

/** One request of Node's HTTP client and its response, which can be abandoned in every phase. */
export class Exchange {
  /** Resolves with the response, whose body is still to be read. */
  readonly response: Promise<IncomingMessage>;
  #response: IncomingMessage | null = null;
  #reject: (error: Error) => void = () => {};

  /** @param timeoutMs maximum time without progress */
  constructor(
    private readonly request: ClientRequest,
    private readonly timeoutMs: number,
  ) {
    this.response = new Promise((resolve, reject) => {
      this.#reject = reject;
      request.once('response', (response) => {
        this.#response = response;
        resolve(response);
      });
    });
    request.on('error', this.#reject);
    request.on('timeout', () => this.#timeOut());
    // The request's own timeout starts with its socket, which a proxy that does not respond never provides.
    const opening = setTimeout(() => this.#timeOut(), timeoutMs);
    request.once('socket', () => clearTimeout(opening));
    request.once('close', () => clearTimeout(opening));
    request.on('proxyConnect', ({ statusCode, statusText }: { statusCode: number; statusText: string }) => {
      if (statusCode === 200) return;
      this.abandon(new HttpTransportError('protocol', `the proxy answered ${statusCode} ${statusText}`.trimEnd()));
    });
  }

  send(body: string | null): void {
    this.request.end(body ?? undefined);
  }

  /** Ends it with this error, whether it waits for a socket, for the response or for the rest of the body. */
  abandon(error: Error): void {
    this.#reject(error);
    this.#response?.destroy(error);
    this.request.destroy(error);
    this.request.emit(ABANDONED);
  }

  #timeOut(): void {
    this.abandon(new HttpTransportError('timeout', `nothing came within ${this.timeoutMs / 1000} s`));
  }
}
