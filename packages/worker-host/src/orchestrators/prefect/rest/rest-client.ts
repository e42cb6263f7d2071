import {
  type Clock,
  type Logger,
  type Meter,
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  parseJson,
  stringifyJson,
} from '@worker-host/core';
import { PREFECT_API_VERSION, type PrefectConnection, USER_AGENT } from '../connection.js';
import { CsrfToken } from './csrf-token.js';
import { errorDetail } from './error-body.js';
import { type HttpAnswer, type HttpTransport, HttpTransportError } from './http-transport.js';
import { RequestGate } from './request-gate.js';
import {
  PrefectAnswerUnreadableError,
  PrefectConflictError,
  PrefectNotFoundError,
  PrefectRefusedError,
} from './rest-errors.js';
import { afterAnswer, afterTransportError, parseRetryAfterMs, type RetryDecision } from './retry-policy.js';

/** One call to the API. */
export interface RestCall {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base address, beginning with a slash, parts already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** It gives way to others while the server is busy: nobody waits for it. */
  readonly isDeferrable?: boolean;
  /** What is being done, for error messages: `Reading the flow run`. */
  readonly what: string;
}

export interface RestClientDependencies {
  readonly connection: PrefectConnection;
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Headers that say who calls, read anew for every request. */
  readonly identityHeaders: () => Readonly<Record<string, string>>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const OVERLOADED = new Set([429, 503]);

/** Speaks the REST API: headers, CSRF, retries, redirects, errors. Holds no endpoint. */
export class RestClient {
  readonly #gate: RequestGate;
  readonly #csrf: CsrfToken;
  #hasSucceeded = false;
  #isFailing = false;
  #serverClockAheadMs = 0;

  constructor(private readonly parts: RestClientDependencies) {
    this.#gate = new RequestGate(parts.clock);
    this.#csrf = new CsrfToken(parts.connection.isCsrfSupported, parts.clock, (path) =>
      this.#withRetries({ path, what: 'Fetching a CSRF token' }),
    );
  }

  /** The server's time, by its last `Date` header. Milliseconds since the epoch, right to about a second. */
  serverNowMs(): number {
    return this.parts.clock.nowMs() + this.#serverClockAheadMs;
  }

  /**
   * The answer's JSON; null for an empty answer.
   *
   * @throws OrchestratorUnavailableError, OrchestratorUnauthorizedError, PrefectNotFoundError, PrefectConflictError,
   *   PrefectRefusedError, PrefectAnswerUnreadableError; the signal's reason when it is aborted
   */
  async call(call: RestCall): Promise<unknown> {
    const answer = await this.#withRetries(call);
    const { method = 'GET', path } = call;
    if (answer.status < 200 || answer.status > 299) throw this.#errorOf(call, answer);
    if (answer.status === 204 || answer.body === '') return null;
    try {
      return parseJson(answer.body);
    } catch (error) {
      throw new PrefectAnswerUnreadableError(method, path, answer.status, 'it is no JSON', { cause: error });
    }
  }

  /** As {@link call}; null also where the server knows no such thing. */
  async callOrNull(call: RestCall): Promise<unknown> {
    try {
      return await this.call(call);
    } catch (error) {
      if (error instanceof PrefectNotFoundError) return null;
      throw error;
    }
  }

  async #withRetries(call: RestCall): Promise<HttpAnswer> {
    const { clock, connection } = this.parts;
    let failures = 0;
    for (;;) {
      let decision: RetryDecision;
      let problem: string;
      let giveUp: () => HttpAnswer;
      try {
        const answer = await this.#once(call);
        if (this.#csrf.isRefusedBy(answer)) {
          decision = failures < connection.maxRetries ? { retry: true, counts: true, waitMs: 0 } : { retry: false };
        } else {
          decision = afterAnswer(answer, failures, connection, clock.nowMs(), () => clock.random());
        }
        problem = `status ${answer.status}: ${errorDetail(answer.body)}`;
        giveUp = () => answer;
        if (!decision.retry) return answer;
        if (answer.status === 429)
          this.#gate.closeFor(parseRetryAfterMs(answer.headers['retry-after'], clock.nowMs()) ?? 0);
      } catch (error) {
        if (!(error instanceof HttpTransportError)) throw error;
        decision = afterTransportError(error, failures, this.#hasSucceeded, connection, () => clock.random());
        problem = error.message;
        giveUp = () => {
          throw new OrchestratorUnavailableError(call.what, connection.apiUrl, { cause: error });
        };
        if (!decision.retry) this.#sayFailing(call, problem);
      }
      if (!decision.retry) return giveUp();
      if (decision.counts) failures += 1;
      this.parts.meter.count('prefect_api_retries_total', {});
      this.parts.logger.debug('A request to the Prefect API is repeated', {
        path: call.path,
        problem,
        waitMs: Math.round(decision.waitMs),
        failures,
      });
      if (decision.waitMs > 0) await clock.sleep(decision.waitMs, call.signal);
      call.signal?.throwIfAborted();
    }
  }

  async #once(call: RestCall): Promise<HttpAnswer> {
    const { connection, meter, transport } = this.parts;
    const { method = 'GET', signal } = call;
    const body = call.body === undefined ? null : stringifyJson(call.body);
    const csrf = method === 'GET' ? {} : await this.#csrf.headers();
    let headers: Record<string, string> = {
      Accept: 'application/json',
      'User-Agent': USER_AGENT,
      'X-PREFECT-API-VERSION': PREFECT_API_VERSION,
      ...(body === null ? {} : { 'Content-Type': 'application/json' }),
      ...(connection.authorization === null ? {} : { Authorization: connection.authorization }),
      ...this.parts.identityHeaders(),
      ...csrf,
    };
    headers = withCustomHeaders(headers, connection.customHeaders);
    await this.#gate.enter(signal, call.isDeferrable);
    let outcome: 'good' | 'overloaded' | 'other' = 'other';
    try {
      let url = connection.apiUrl + call.path;
      let sentMethod: string = method;
      let sentBody = body;
      for (let redirects = 0; ; redirects += 1) {
        meter.count('prefect_api_requests_total', { method: sentMethod });
        const answer = await transport.send({ method: sentMethod, url, headers, body: sentBody, signal });
        this.#noteAnswer(answer);
        outcome = OVERLOADED.has(answer.status) ? 'overloaded' : answer.status < 500 ? 'good' : 'other';
        const location = answer.headers.location;
        if (!REDIRECTS.has(answer.status) || location === undefined || redirects >= MAX_REDIRECTS) return answer;
        const target = new URL(location, url);
        if (target.origin !== new URL(url).origin) headers = withoutCredentials(headers);
        url = target.href;
        if (answer.status === 303 || (answer.status < 307 && sentMethod === 'POST')) {
          sentMethod = 'GET';
          sentBody = null;
        }
      }
    } finally {
      this.#gate.leave(outcome, call.isDeferrable);
    }
  }

  #noteAnswer(answer: HttpAnswer): void {
    this.#hasSucceeded = true;
    const serverMs = Date.parse(answer.headers.date ?? '');
    if (!Number.isNaN(serverMs)) this.#serverClockAheadMs = serverMs - this.parts.clock.nowMs();
    if (this.#isFailing && answer.status < 500) {
      this.#isFailing = false;
      this.parts.logger.info('The Prefect API answers again', { apiUrl: this.parts.connection.apiUrl });
    }
  }

  #sayFailing(call: RestCall, problem: string): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.parts.logger.warn('The Prefect API does not answer; it is tried again', {
      apiUrl: this.parts.connection.apiUrl,
      path: call.path,
      problem,
    });
  }

  #errorOf(call: RestCall, answer: HttpAnswer): Error {
    const { method = 'GET', path, what } = call;
    const { apiUrl, isCloud, authorization } = this.parts.connection;
    const detail = errorDetail(answer.body);
    const refusal = { method, path, status: answer.status, detail };
    if (answer.status === 401) {
      const setting = isCloud ? 'PREFECT_API_KEY' : 'PREFECT_API_AUTH_STRING';
      const state = authorization === null ? 'is not set' : 'is not accepted';
      return new OrchestratorUnauthorizedError(what, apiUrl, `${setting} ${state}: set it to a valid value.`);
    }
    if (answer.status === 404) return new PrefectNotFoundError(refusal);
    if (answer.status === 409) return new PrefectConflictError(refusal);
    if (answer.status >= 500 || answer.status === 408 || answer.status === 429) {
      this.#sayFailing(call, `status ${answer.status}: ${detail}`);
      return new OrchestratorUnavailableError(what, apiUrl, { cause: new PrefectRefusedError(refusal) });
    }
    if (answer.status >= 300 && answer.status < 400) {
      return new PrefectAnswerUnreadableError(method, path, answer.status, 'too many redirects');
    }
    return new PrefectRefusedError(refusal);
  }
}

function withCustomHeaders(
  headers: Readonly<Record<string, string>>,
  custom: Readonly<Record<string, string>>,
): Record<string, string> {
  const replaced = new Set(Object.keys(custom).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...custom };
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(authorization|prefect-csrf-.*)$/i.test(name)),
  );
}
