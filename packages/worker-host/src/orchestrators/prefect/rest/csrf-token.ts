import { randomUUID } from 'node:crypto';
import { type Clock, isJsonObject } from '@worker-host/core';
import type { HttpAnswer } from './http-transport.js';

/** The token that a self-hosted server with CSRF protection requires with every changing request. */
export class CsrfToken {
  readonly #clientId = randomUUID();
  #token: string | null = null;
  #expiresAtMs = 0;
  #fetching: Promise<void> | null = null;
  #isOff: boolean;

  constructor(
    isSupported: boolean,
    private readonly clock: Clock,
    /** Sends GET to this path, with the usual retries; returns the response with any status, and its JSON. */
    private readonly get: (path: string) => Promise<{ readonly answer: HttpAnswer; readonly json: unknown }>,
  ) {
    this.#isOff = !isSupported;
  }

  /** Headers for a changing request; none if the server has no protection. */
  async headers(): Promise<Readonly<Record<string, string>>> {
    if (this.#isOff) return {};
    if (this.#token === null || this.clock.nowMs() >= this.#expiresAtMs) {
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = null;
      });
      await this.#fetching;
    }
    return this.#token === null ? {} : { 'Prefect-Csrf-Token': this.#token, 'Prefect-Csrf-Client': this.#clientId };
  }

  /** Returns whether the response rejects the token; the token is then dropped, and the request should be repeated. */
  isRefusedBy(answer: HttpAnswer): boolean {
    if (this.#isOff || answer.status !== 403 || !answer.body.includes('Invalid CSRF token')) return false;
    this.#token = null;
    return true;
  }

  async #fetch(): Promise<void> {
    const { answer, json } = await this.get(`/csrf-token?client=${this.#clientId}`);
    if (answer.status === 404 || (answer.status === 422 && answer.body.includes('CSRF protection is disabled.'))) {
      this.#isOff = true;
      return;
    }
    if (answer.status !== 200 || !isJsonObject(json) || typeof json.token !== 'string') return;
    const { token, expiration } = json;
    this.#token = token;
    const expiresAtMs = Date.parse(String(expiration));
    this.#expiresAtMs = Number.isNaN(expiresAtMs) ? Number.POSITIVE_INFINITY : expiresAtMs;
  }
}
