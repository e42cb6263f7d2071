/** A complete HTTP request. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal?: AbortSignal;
}

/** A complete HTTP response. Header names are lower-case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends single requests, without retries. */
export interface HttpTransport {
  /** @throws HttpTransportError if there is no response; the signal's reason if it is aborted */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/**
 * Why a request has no response. `untrusted`: the certificate is not accepted; `too-large`: the response exceeds the
 * maximum size.
 */
export type TransportFailure = 'connect' | 'reset' | 'timeout' | 'protocol' | 'untrusted' | 'too-large';

/** No response. Stays inside the orchestrator, which retries it. */
export class HttpTransportError extends Error {
  constructor(
    readonly failure: TransportFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'HttpTransportError';
  }
}
