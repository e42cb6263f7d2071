import type { Attributes, HrTime, Span, SpanContext, Tracer } from '@opentelemetry/api';
import type { Clock, Logger } from '@worker-host/core';
import type { ChosenIds, ChosenSpan } from './chosen-ids.js';
import type { SpanRecord } from './span-record.js';
import type { SpanReference } from './trace-context.js';

/** The part of `@opentelemetry/api` that the writer uses, loaded only if tracing is enabled. */
export type OtelApi = Pick<
  typeof import('@opentelemetry/api'),
  'ROOT_CONTEXT' | 'SpanKind' | 'SpanStatusCode' | 'createTraceState' | 'trace'
>;

export interface SpanWriterParts {
  readonly api: OtelApi;
  readonly tracer: Tracer;
  /** Generates the ids of the tracer's spans. */
  readonly ids: ChosenIds;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Attributes of every span about the writing worker. */
  readonly worker: () => Attributes;
}

/** Writes spans with given times and ids. */
export class SpanWriter {
  #hasFailed = false;

  constructor(private readonly parts: SpanWriterParts) {}

  nowMs(): number {
    return this.parts.clock.nowMs();
  }

  time(): HrTime {
    return timeOf(this.nowMs());
  }

  /** Starts the span of an attempt. It is not written until it is passed to {@link end}. */
  startRoot(root: {
    readonly ids: ChosenSpan;
    readonly parent: SpanReference | null;
    readonly startMs: number;
    readonly attributes: Attributes;
  }): Span {
    const { api, ids, tracer, worker } = this.parts;
    const context = root.parent === null ? api.ROOT_CONTEXT : this.#within(this.#remote(root.parent));
    const attributes = { ...root.attributes, ...worker() };
    const options = { kind: api.SpanKind.SERVER, startTime: timeOf(root.startMs), attributes };
    return ids.choosing(root.ids, () => tracer.startSpan('RUN', options, context));
  }

  /** Returns the context of a span that is written later, in the trace of another one. Null: there is no trace. */
  childOf(context: SpanContext | null, spanId: string | null): SpanContext | null {
    return context === null || spanId === null ? context : { ...context, spanId };
  }

  /** @param parent null: there is no trace, so nothing is written. */
  write(record: SpanRecord, parent: SpanContext | null, endMs = this.nowMs()): void {
    if (parent === null) return;
    const { ids, tracer, worker } = this.parts;
    const { name, startMs, spanId, events, error } = record;
    const options = { startTime: timeOf(startMs), attributes: { ...record.attributes, ...worker() } };
    const chosen = spanId === null ? {} : { spanId };
    const span = ids.choosing(chosen, () => tracer.startSpan(name, options, this.#within(parent)));
    for (const event of events) span.addEvent(event.name, event.attributes, timeOf(event.atMs));
    this.end(span, error, endMs);
  }

  /** @param error error message. Undefined: no failure. Null: a failure without a message. */
  end(span: Span, error: string | null | undefined, endMs = this.nowMs()): void {
    const { SpanStatusCode } = this.parts.api;
    if (error !== undefined)
      span.setStatus({ code: SpanStatusCode.ERROR, ...(error === null ? {} : { message: error }) });
    span.end(timeOf(endMs));
  }

  /** Spans must not affect the run: failures are logged once and otherwise ignored. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!this.#hasFailed) this.parts.logger.warn('Tracing failed; spans are lost', { error });
      this.#hasFailed = true;
    }
  }

  #within(parent: SpanContext) {
    const { api } = this.parts;
    return api.trace.setSpanContext(api.ROOT_CONTEXT, parent);
  }

  #remote({ traceId, spanId, flags, state }: SpanReference): SpanContext {
    const traceState = state === null ? {} : { traceState: this.parts.api.createTraceState(state) };
    return { traceId, spanId, traceFlags: flags, isRemote: true, ...traceState };
  }
}

/**
 * Converts to seconds and nanoseconds: a number could be interpreted as milliseconds since the start of the process.
 */
function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1_000_000))];
}
