import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, isJsonObject, isWorkerError, type SecretRegistry, stringifyJson } from '@worker-host/core';
import type { Administration } from '../orchestrators/embedded/administration-types.js';
import { packageVersion } from '../package-version.js';
import { ChangeStream } from './change-stream.js';
import { answerOfWorker, type ServingWorker, versionOf } from './serving-worker.js';
import { act } from './ui-actions.js';
import { UiApi } from './ui-api.js';
import { assetOf } from './ui-assets.js';

export interface UiPageOptions {
  /** Page data of an embedded pool. Null: the control plane stores its data elsewhere. */
  readonly administration: Administration | null;
  /** The worker that serves the page. Null: a command does. */
  readonly worker: ServingWorker | null;
  /** Token required by requests that change something. Null: nothing can be changed. */
  readonly actionToken: string | null;
  readonly secrets: SecretRegistry;
  readonly clock: Clock;
}

const BASE = 'http://localhost';
const TEXT = 'text/plain; charset=utf-8';
const LARGEST_BODY = 10_000;
const TOKEN_HEADER = 'x-worker-host-token';

/** The web page: its files, data, change events, and actions. Access control happens before. */
export class UiPage {
  readonly #api: UiApi | null;
  readonly #changes: ChangeStream;

  constructor(private readonly options: UiPageOptions) {
    const { administration, worker, clock } = options;
    this.#api = administration === null ? null : new UiApi(administration, () => clock.nowMs());
    const workerVersion = worker === null ? () => 0 : versionOf(worker);
    this.#changes = new ChangeStream(async () => ((await administration?.dataVersion()) ?? 0) + workerVersion(), clock);
  }

  close(): void {
    this.#changes.close();
  }

  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else this.#json(response, statusOf(error), { error: errorFacts(error) });
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    if (!URL.canParse(url, BASE)) return send(response, 404, TEXT, 'This page does not exist.\n');
    const { pathname, searchParams } = new URL(url, BASE);
    const action = /^\/api\/actions\/([a-z-]+)$/.exec(pathname)?.[1];
    if (action !== undefined && method === 'POST') return await this.#act(action, request, response);
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, TEXT, 'Only GET is supported.\n');
    if (pathname === '/api/events') return this.#listenToChanges(response);
    if (pathname === '/api/about') return this.#json(response, 200, this.#about());
    const asked = /^\/api\/(.+)$/.exec(pathname)?.[1];
    if (asked !== undefined) {
      const { worker } = this.options;
      const ofWorker = asked === 'worker' && worker !== null ? await answerOfWorker(worker) : null;
      const answer = ofWorker ?? (await this.#api?.answer(asked, searchParams)) ?? null;
      return this.#json(
        response,
        answer === null ? 404 : 200,
        answer ?? { error: { message: 'This object does not exist.' } },
      );
    }
    const asset = assetOf(pathname === '/' ? 'index.html' : pathname.replace(/^\/assets\//, ''));
    if (asset === null) return send(response, 404, TEXT, 'This page does not exist.\n');
    send(response, 200, asset.contentType, asset.body);
  }

  /** Whether actions are possible; the browser may or may not have the token. */
  #about() {
    const { administration, worker, actionToken, clock } = this.options;
    return {
      version: packageVersion(),
      database: administration?.databasePath ?? null,
      views: [
        ...(worker === null ? [] : ['worker']),
        ...(administration === null ? [] : ['pools', 'runs', 'deployments', 'workers']),
      ],
      hasActions: actionToken !== null,
      nowMs: clock.nowMs(),
    };
  }

  /**
   * A page of another site cannot send this header or JSON without a preflight request, which is not answered; and browsers
   * send the origin of a request.
   */
  async #act(action: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { actionToken, administration } = this.options;
    const { headers } = request;
    if (actionToken === null || administration === null)
      return this.#refuse(response, 'Actions are disabled. Start the page with --allow-actions.');
    if (headers['sec-fetch-site'] !== undefined && headers['sec-fetch-site'] !== 'same-origin')
      return this.#refuse(response, 'Pages of other sites cannot change anything.');
    // A page with an opaque origin sends 'null'.
    const { origin } = headers;
    if (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === headers.host))
      return this.#refuse(response, 'Pages of other sites cannot change anything.');
    if (!isSame(String(headers[TOKEN_HEADER] ?? ''), actionToken))
      return this.#refuse(response, 'Actions need the token that was printed at start: open the printed URL.');
    const asked: unknown = JSON.parse(await bodyOf(request));
    const name = isJsonObject(asked) ? asked.name : undefined;
    const answer = typeof name === 'string' ? await act(administration, action, name) : null;
    if (answer === null) return this.#json(response, 404, { error: { message: 'This action does not exist.' } });
    this.#changes.notify();
    this.#json(response, 200, answer);
  }

  #refuse(response: ServerResponse, message: string): void {
    this.#json(response, 403, { error: { message } });
  }

  #listenToChanges(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    this.#changes.add(response);
  }

  #json(response: ServerResponse, status: number, value: unknown): void {
    const text = stringifyJson(value);
    const { secrets } = this.options;
    const isClean = secrets.redact(text) === text;
    send(response, status, 'application/json', isClean ? text : stringifyJson(secrets.redactJson(JSON.parse(text))));
  }
}

/** Headers of every response. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

function send(response: ServerResponse, status: number, contentType: string, body: string | Buffer): void {
  response.writeHead(status, { ...HEADERS, 'content-type': contentType });
  response.end(body);
}

function statusOf(error: unknown): number {
  if (error instanceof SyntaxError || error instanceof URIError) return 400;
  if (!isWorkerError(error)) return 500;
  return error.code === 'NOT_FOUND' ? 404 : 409;
}

function errorFacts(error: unknown) {
  if (isWorkerError(error)) return { code: error.code, message: error.message };
  return { message: error instanceof SyntaxError ? 'The request is not JSON.' : 'Creating the response failed.' };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > LARGEST_BODY) throw new SyntaxError('The request body is too long');
  }
  return text;
}

/** Compares in constant time. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
