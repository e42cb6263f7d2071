import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from '../harness/checks.js';

/** Any JSON object of the API, read loosely: this side of the suite plays the user. */
// biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked at by tests only
export type Json = any;

/** A busy server on SQLite refuses most of what reads and then writes, dozens of times in a row. */
const RETRIED_FOR_MS = 100_000 * PATIENCE;
const RETRY_MS = 300;

/** A plain client of the API, for what users and their tools do. */
export class PrefectClient {
  /** One id per client: the server replaces the token of an id when a new one is requested. */
  readonly #csrfClient = randomUUID();
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly apiUrl: string,
    /** User and password, as `PREFECT_API_AUTH_STRING`. */
    private readonly authString: string | null = null,
  ) {}

  get(path: string): Promise<Json> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown = {}): Promise<Json> {
    return this.call('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<Json> {
    return this.call('PATCH', path, body);
  }

  delete(path: string): Promise<Json> {
    return this.call('DELETE', path);
  }

  /** Changes go one after the other: SQLite refuses most of many at once. */
  call(method: string, path: string, body?: unknown): Promise<Json> {
    if (method === 'GET') return this.#call(method, path, body);
    const call = this.#last.then(() => this.#call(method, path, body));
    this.#last = call.catch(() => {});
    return call;
  }

  /** Repeats what a busy server or a cut connection refuses. */
  async #call(method: string, path: string, body?: unknown): Promise<Json> {
    let problem = '';
    const endsAtMs = Date.now() + RETRIED_FOR_MS;
    for (let isFirst = true; isFirst || Date.now() < endsAtMs; isFirst = false) {
      if (!isFirst) await sleep(RETRY_MS);
      let response: Response;
      let text: string;
      try {
        response = await fetch(this.apiUrl + path, {
          method,
          headers: { 'content-type': 'application/json', ...this.#authorization(), ...(await this.#csrf(method)) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        text = await response.text();
      } catch (error) {
        problem = String(error);
        continue;
      }
      if (response.ok) return text === '' ? null : JSON.parse(text);
      problem = `${response.status} ${text}`;
      if (response.status !== 503 && response.status !== 500) break;
    }
    throw new Error(`${method} ${path}: ${problem}`);
  }

  #authorization(): Record<string, string> {
    if (this.authString === null) return {};
    return { authorization: `Basic ${Buffer.from(this.authString).toString('base64')}` };
  }

  async #csrf(method: string): Promise<Record<string, string>> {
    if (method === 'GET' || this.authString === null) return {};
    const client = this.#csrfClient;
    const response = await fetch(`${this.apiUrl}/csrf-token?client=${client}`, { headers: this.#authorization() });
    if (!response.ok) return {};
    const { token } = (await response.json()) as { token: string };
    return { 'prefect-csrf-token': token, 'prefect-csrf-client': client };
  }
}
