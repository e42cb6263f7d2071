/** One HTTP request, complete. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal?: AbortSignal;
}

/** One HTTP answer, read to its end. Header names are lower-case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Carries single requests; knows nothing of retries. */
export interface HttpTransport {
  /** @throws HttpTransportError when there is no answer; the signal's reason when it is aborted */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/**
 * What kind of failure left a request without an answer. `untrusted`: the certificate is not accepted; `too-large`: the
 * answer is longer than what is read of one.
 */
export type TransportFailure = 'connect' | 'reset' | 'timeout' | 'protocol' | 'untrusted' | 'too-large';

/** No answer came. Stays inside the orchestrator, which retries it. */
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
