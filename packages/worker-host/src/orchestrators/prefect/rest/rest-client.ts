import {
  type Clock,
  type Logger,
  type Meter,
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  stringifyJson,
} from '@worker-host/core';
import { PREFECT_API_VERSION, type PrefectConnection, USER_AGENT } from '../connection.js';
import { ApiCondition } from './api-condition.js';
import { CallScope } from './call-scope.js';
import { CsrfToken } from './csrf-token.js';
import { withCustomHeaders } from './custom-headers.js';
import { errorDetail } from './error-body.js';
import { type HttpAnswer, type HttpRequest, type HttpTransport, HttpTransportError } from './http-transport.js';
import { measured } from './measured-request.js';
import { readAnswer } from './readable-answer.js';
import { isRedirect, MAX_REDIRECTS, redirected } from './redirects.js';
import { RequestGate } from './request-gate.js';
import type { RestCall } from './rest-call.js';
import {
  PrefectAnswerTooLargeError,
  PrefectAnswerUnreadableError,
  PrefectConflictError,
  PrefectNotFoundError,
  PrefectPlanError,
  PrefectRefusedError,
} from './rest-errors.js';
import {
  afterAnswer,
  afterTransportError,
  afterUnreadable,
  isMaintenance,
  type RetryDecision,
} from './retry-policy.js';

export interface RestClientDependencies {
  readonly connection: PrefectConnection;
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Headers that identify the caller, read again for every request. */
  readonly identityHeaders: () => Readonly<Record<string, string>>;
}

/** A response that is not retried, with its JSON (null if it has none). */
interface Answered {
  readonly answer: HttpAnswer;
  readonly json: unknown;
}

/** An attempt without a usable response. */
interface Failure {
  readonly decision: RetryDecision;
  readonly problem: string;
  /** Throws, or returns the response for the caller to judge. */
  readonly giveUp: () => Answered;
}

/** A call that is retried for longer than this is logged. */
const REPORTED_AFTER_MS = 10_000;

/** The client of the REST API: headers, CSRF, retries, redirects, errors. Contains no endpoints. */
export class RestClient {
  readonly condition: ApiCondition;
  readonly #gate: RequestGate;
  readonly #csrf: CsrfToken;
  readonly #scope = new CallScope();
  #hasAnswered = false;
  #hasBeenRead = false;
  #serverClockAheadMs = 0;

  constructor(private readonly parts: RestClientDependencies) {
    this.condition = new ApiCondition(parts.connection.apiUrl, parts.logger);
    this.#gate = new RequestGate(parts.clock);
    this.#csrf = new CsrfToken(parts.connection.isCsrfSupported, parts.clock, (path) =>
      this.#withRetries({ path, what: 'Fetching a CSRF token' }),
    );
  }

  /** The server's time, by its last `Date` header. Milliseconds since the epoch, with a precision of about a second. */
  serverNowMs(): number {
    return this.parts.clock.nowMs() + this.#serverClockAheadMs;
  }

  /**
   * Returns the response's JSON; null for an empty response.
   *
   * @throws OrchestratorUnavailableError, OrchestratorUnauthorizedError, PrefectNotFoundError, PrefectConflictError,
   * PrefectPlanError, PrefectRefusedError; PrefectAnswerUnreadableError if no response at all could be read so far; the
   * signal's reason if it is aborted
   */
  async call(call: RestCall): Promise<unknown> {
    return (await this.callMeasured(call)).json;
  }

  /** Like {@link call}, with the size of the response. */
  async callMeasured(call: RestCall): Promise<{ readonly json: unknown; readonly characters: number }> {
    const { answer, json } = await this.#withRetries(call);
    if (answer.status < 200 || answer.status > 299) throw this.#errorOf(call, answer);
    return { json, characters: answer.body.length };
  }

  /** Like {@link call}; null also if the server does not know the object. */
  async callOrNull(call: RestCall): Promise<unknown> {
    try {
      return await this.call(call);
    } catch (error) {
      if (error instanceof PrefectNotFoundError) return null;
      throw error;
    }
  }

  /** Ends every call, including those waiting for a retry. */
  close(): void {
    const cause = new Error('the worker stops');
    const what = 'A request to the Prefect API';
    this.#scope.close(new OrchestratorUnavailableError(what, this.parts.connection.apiUrl, { cause }));
  }

  #withRetries(call: RestCall): Promise<Answered> {
    return this.#scope.run(call.signal, (signal) => this.#retry({ ...call, signal }));
  }

  async #retry(call: RestCall): Promise<Answered> {
    const { clock, logger, meter } = this.parts;
    const startedAtMs = clock.monotonicMs();
    let failures = 0;
    for (;;) {
      const outcome = await this.#attempt(call, failures);
      if ('answer' in outcome) return outcome;
      const { decision, problem, giveUp } = outcome;
      if (!decision.retry) return giveUp();
      if (decision.counts) failures += 1;
      const isLong = clock.monotonicMs() + decision.waitMs - startedAtMs > REPORTED_AFTER_MS;
      if (isLong && decision.counts) this.condition.noteFailing(call.path, problem);
      meter.count('prefect_api_retries_total', {});
      logger.debug('Retrying a request to the Prefect API', {
        path: call.path,
        problem,
        waitMs: Math.round(decision.waitMs),
        failures,
      });
      if (decision.waitMs > 0) await clock.sleep(decision.waitMs, call.signal);
      call.signal?.throwIfAborted();
    }
  }

  async #attempt(call: RestCall, failures: number): Promise<Answered | Failure> {
    const { clock, connection } = this.parts;
    const random = (): number => clock.random();
    try {
      const answer = await this.#once(call);
      const read = readAnswer(answer);
      if (!read.isReadable) return this.#unreadable(call, answer, read.reason, failures);
      if (answer.status < 300 && call.accepts?.(read.json) === false)
        return this.#unreadable(call, answer, 'it lacks members of a Prefect response', failures);
      const answered = { answer, json: read.json };
      if (answer.status < 300) this.#hasBeenRead = true;
      const decision: RetryDecision = this.#csrf.isRefusedBy(answer)
        ? failures < connection.maxRetries
          ? { retry: true, counts: true, waitMs: 0 }
          : { retry: false }
        : afterAnswer(answer, failures, connection, this.serverNowMs(), random);
      this.#noteRetry(call, answer, decision);
      if (!decision.retry) {
        if (answer.status < 500 && !isRedirect(answer) && ![408, 429].includes(answer.status))
          this.condition.noteWorking();
        return answered;
      }
      return { decision, problem: `status ${answer.status}: ${errorDetail(answer.body)}`, giveUp: () => answered };
    } catch (error) {
      if (!(error instanceof HttpTransportError)) throw error;
      const decision = afterTransportError(error, failures, this.#hasAnswered, connection, random);
      const giveUp = (): never => {
        const isTooLarge = error.failure === 'too-large';
        if (!isTooLarge || !call.isFaultHandled) this.condition.noteFailing(call.path, error.message);
        const cause = isTooLarge ? new PrefectAnswerTooLargeError(call.method, call.path, error.message) : error;
        throw new OrchestratorUnavailableError(call.what, connection.apiUrl, { cause });
      };
      return { decision, problem: error.message, giveUp };
    }
  }

  /** Closes the gate if the server requests a pause, and logs it. */
  #noteRetry({ bucket = 'requests' }: RestCall, answer: HttpAnswer, decision: RetryDecision): void {
    if (!decision.retry) return;
    if (isMaintenance(answer)) {
      this.#gate.closeFor('requests', decision.waitMs);
      this.#gate.closeFor('logs and events', decision.waitMs);
      this.condition.noteMaintenance(decision.waitMs);
    } else if (answer.status === 429) {
      this.#gate.closeFor(bucket, decision.waitMs);
    }
    if (decision.askedMs !== undefined) {
      this.condition.noteLongWait(answer.status, decision.askedMs, decision.waitMs);
    }
  }

  #unreadable({ method = 'GET', path, what }: RestCall, answer: HttpAnswer, reason: string, failures: number): Failure {
    const { clock, connection } = this.parts;
    const problem = `status ${answer.status}, and the response cannot be read: ${reason}`;
    return {
      decision: afterUnreadable(failures, connection, () => clock.random()),
      problem,
      giveUp: () => {
        const cause = new PrefectAnswerUnreadableError(method, path, answer.status, reason);
        if (!this.#hasBeenRead) throw cause;
        this.condition.noteFailing(path, problem);
        throw new OrchestratorUnavailableError(what, connection.apiUrl, { cause });
      },
    };
  }

  /** Sends the request, and follows redirects. */
  async #once(call: RestCall): Promise<HttpAnswer> {
    const { clock, transport, meter } = this.parts;
    const { method = 'GET', path, signal, isDeferrable, bucket } = call;
    const csrf = method === 'GET' ? {} : await this.#csrf.headers();
    let request = this.#requestOf(call, csrf);
    await this.#gate.enter({ bucket, isDeferrable, signal });
    const noteAnswered = this.condition.expectAnswer(path, clock);
    let outcome: 'good' | 'overloaded' | 'other' = 'other';
    try {
      for (let redirects = 0; ; redirects += 1) {
        const answer = await measured(meter, clock, request.method, () => transport.send(request));
        this.#noteAnswer(answer);
        if (answer.status === 503 && !isMaintenance(answer)) outcome = 'overloaded';
        else outcome = answer.status < 500 && answer.status !== 429 ? 'good' : 'other';
        if (!isRedirect(answer) || redirects >= MAX_REDIRECTS) return answer;
        const next = redirected(request, answer);
        if (next === null) return answer;
        this.condition.noteRedirect(request.url, next.url);
        request = next;
      }
    } finally {
      noteAnswered();
      this.#gate.leave(outcome, isDeferrable);
    }
  }

  #requestOf({ method = 'GET', path, body, signal }: RestCall, csrf: Readonly<Record<string, string>>): HttpRequest {
    const { connection } = this.parts;
    const headers = {
      Accept: 'application/json',
      'User-Agent': USER_AGENT,
      'X-PREFECT-API-VERSION': PREFECT_API_VERSION,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(connection.authorization === null ? {} : { Authorization: connection.authorization }),
      ...this.parts.identityHeaders(),
      ...csrf,
    };
    return {
      method,
      url: connection.apiUrl + path,
      headers: withCustomHeaders(headers, connection.customHeaders),
      body: body === undefined ? null : stringifyJson(body),
      signal,
    };
  }

  #noteAnswer(answer: HttpAnswer): void {
    this.#hasAnswered = true;
    const serverMs = Date.parse(answer.headers.date ?? '');
    if (!Number.isNaN(serverMs)) this.#serverClockAheadMs = serverMs - this.parts.clock.nowMs();
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
    if (answer.status === 403 && /plan does not support/i.test(detail)) return new PrefectPlanError(refusal);
    if (answer.status === 404) return new PrefectNotFoundError(refusal);
    if (answer.status === 409) return new PrefectConflictError(refusal);
    if (answer.status >= 500 || answer.status === 408 || answer.status === 429) {
      const isHandled = answer.status === 500 && call.isFaultHandled;
      if (!isHandled) this.condition.noteFailing(path, `status ${answer.status}: ${detail}`);
      return new OrchestratorUnavailableError(what, apiUrl, { cause: new PrefectRefusedError(refusal) });
    }
    if (answer.status >= 300 && answer.status < 400) {
      const reason = 'it redirects too often, or to an address that must not receive the request';
      const cause = new PrefectAnswerUnreadableError(method, path, answer.status, reason);
      if (!this.#hasBeenRead) return cause;
      this.condition.noteFailing(path, `status ${answer.status}: ${reason}`);
      return new OrchestratorUnavailableError(what, apiUrl, { cause });
    }
    return new PrefectRefusedError(refusal);
  }
}
