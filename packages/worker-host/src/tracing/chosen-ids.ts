import { randomBytes } from 'node:crypto';

/** Ids of a span that are not random. */
export interface ChosenSpan {
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Generates the ids of spans: random ones, except for a span that is started within {@link choosing}. */
export class ChosenIds {
  #chosen: ChosenSpan = {};

  readonly generateTraceId = (): string => this.#chosen.traceId ?? randomBytes(16).toString('hex');
  readonly generateSpanId = (): string => this.#chosen.spanId ?? randomBytes(8).toString('hex');

  /** Assigns these ids to the one span that the function starts. */
  choosing<T>(chosen: ChosenSpan, start: () => T): T {
    this.#chosen = chosen;
    try {
      return start();
    } finally {
      this.#chosen = {};
    }
  }
}
