import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** Maximum number of events per span: a step that fails for days adds no more. */
const MOST_EVENTS = 64;

interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Attributes;
}

/** An open part of a run, which becomes a span at its end. */
export class SpanRecord {
  readonly attributes: Record<string, AttributeValue> = {};
  readonly events: SpanEvent[] = [];
  /** Error message. Undefined: it did not fail. Null: it failed without a message. */
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
