import { randomBytes } from 'node:crypto';

/** The ids of a span that are not left to chance. */
export interface ChosenSpan {
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Generates the ids of spans: random ones, but for a span that is started within {@link choosing}. */
export class ChosenIds {
  #chosen: ChosenSpan = {};

  readonly generateTraceId = (): string => this.#chosen.traceId ?? randomBytes(16).toString('hex');
  readonly generateSpanId = (): string => this.#chosen.spanId ?? randomBytes(8).toString('hex');

  /** Gives the one span that is started meanwhile these ids. */
  choosing<T>(chosen: ChosenSpan, start: () => T): T {
    this.#chosen = chosen;
    try {
      return start();
    } finally {
      this.#chosen = {};
    }
  }
}
