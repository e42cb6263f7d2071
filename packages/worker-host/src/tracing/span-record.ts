import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** Most events of one span: a step that fails for days adds no more. */
const MOST_EVENTS = 64;

interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Attributes;
}

/** A part of a run while it goes on, and the span that it becomes at its end. */
export class SpanRecord {
  readonly attributes: Record<string, AttributeValue> = {};
  readonly events: SpanEvent[] = [];
  /** Why it failed. Undefined: it did not. Null: without a word. */
  error: string | null | undefined;

  constructor(
    readonly name: string,
    public startMs: number,
    /** Null: a random one. */
    readonly spanId: string | null = null,
  ) {}

  add(name: string, atMs: number, attributes: Attributes = {}): void {
    if (this.events.length < MOST_EVENTS) this.events.push({ name, atMs, attributes });
  }
}
