import {
  type HttpAnswer,
  type HttpRequest,
  type HttpTransport,
  HttpTransportError,
  type TransportFailure,
} from '../../../../src/orchestrators/prefect/rest/http-transport.js';

/** An in-memory server: responds with a function, records every request. */
export class FakeTransport implements HttpTransport {
  readonly requests: HttpRequest[] = [];

  constructor(
    private readonly answer: (request: HttpRequest, index: number) => Partial<HttpAnswer> | TransportFailure,
  ) {}

  /** Paths of all requests below the API, each after its method. */
  get paths(): readonly string[] {
    return this.requests.map(({ method, url }) => `${method} ${url.replace(/^https?:\/\/[^/]+\/api/, '')}`);
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    request.signal?.throwIfAborted();
    this.requests.push(request);
    const answer = this.answer(request, this.requests.length - 1);
    if (typeof answer === 'string') throw new HttpTransportError(answer, `fake ${answer}`);
    return { status: 200, headers: {}, body: 'null', ...answer };
  }

  async close(): Promise<void> {}
}
