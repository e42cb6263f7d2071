import type { HttpAnswer, HttpRequest } from '../../../../src/orchestrators/prefect/rest/http-transport.js';

type Reply = Partial<HttpAnswer> | 'connect' | 'reset' | 'too-large';
type Handler = (body: Record<string, unknown>, request: HttpRequest) => Reply;

export const json = (body: unknown, status = 200): Partial<HttpAnswer> => ({ status, body: JSON.stringify(body) });
export const NOT_FOUND = json({ detail: 'not found' }, 404);

/** Answers by `METHOD /path`, the last word that matches wins; everything else is 404. */
export class ApiScript {
  readonly #handlers: (readonly [RegExp, Handler])[] = [];
  isAway = false;

  on(pattern: string, handler: Handler | Reply): this {
    const escaped = pattern.replace(/[.?()]/g, '\\$&').replaceAll('*', '[^/]+');
    this.#handlers.unshift([new RegExp(`^${escaped}$`), typeof handler === 'function' ? handler : () => handler]);
    return this;
  }

  readonly answer = (request: HttpRequest): Reply => {
    if (this.isAway) return 'connect';
    const place = `${request.method} ${request.url.replace(/^https?:\/\/[^/]+\/api/, '')}`;
    const handler = this.#handlers.find(([pattern]) => pattern.test(place))?.[1];
    return handler ? handler(request.body === null ? {} : JSON.parse(request.body), request) : NOT_FOUND;
  };
}
