import type { HttpAnswer, HttpRequest } from './http-transport.js';

/** Maximum number of redirects of one request, as in Prefect's client. */
export const MAX_REDIRECTS = 20;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/**
 * Headers that another host can receive; all others (authorization, custom headers, the worker's identity) are only for the
 * server.
 */
const OPEN_HEADERS = /^(accept|content-type|user-agent|x-prefect-api-version)$/i;

/** Returns whether a response is a redirect. */
export function isRedirect({ status, headers }: HttpAnswer): boolean {
  return REDIRECTS.has(status) && headers.location !== undefined;
}

/**
 * Returns the redirected request, by the rules of Prefect's client: the same host gets all headers except Cookie, also when
 * changing from http to https on the default ports; another host gets only public headers, and no body. Null: the redirect
 * cannot be followed.
 */
export function redirected(request: HttpRequest, answer: HttpAnswer): HttpRequest | null {
  const { location = '' } = answer.headers;
  if (!URL.canParse(location, request.url)) return null;
  const from = new URL(request.url);
  const to = new URL(location, request.url);
  if (!['http:', 'https:'].includes(to.protocol)) return null;
  to.username = '';
  to.password = '';
  const isKept = to.origin === from.origin || isUpgrade(from, to);
  const method = methodAfter(answer.status, request.method);
  const isBodyKept = method === request.method;
  if (!isKept && isBodyKept && request.body !== null) return null;
  const headers = Object.entries(request.headers).filter(
    ([name]) =>
      (isKept ? !/^cookie$/i.test(name) : OPEN_HEADERS.test(name)) && (isBodyKept || !/^content-/i.test(name)),
  );
  return {
    ...request,
    url: to.href,
    method,
    headers: Object.fromEntries(headers),
    body: isBodyKept ? request.body : null,
  };
}

/** Returns whether this is a change from http to https on one host, both on their default ports (which `URL` leaves empty). */
function isUpgrade(from: URL, to: URL): boolean {
  const isStep = from.protocol === 'http:' && to.protocol === 'https:';
  return isStep && from.hostname === to.hostname && from.port === '' && to.port === '';
}

function methodAfter(status: number, method: string): string {
  const becomesGet = status === 303 || status === 302 || (status === 301 && method === 'POST');
  return becomesGet && method !== 'HEAD' ? 'GET' : method;
}
