import type { JsonObject } from '../json/json.js';

/**
 * A flat object of labels with a non-empty `prefect.resource.id`. A related resource also has `prefect.resource.role`.
 */
export type EventResource = Readonly<Record<string, string>>;

/** An event in Prefect's format. */
export interface WorkerEvent {
  /** UUID. Default: a new one. Repeated ids are one event. */
  readonly id?: string;
  /** RFC 3339. Default: now. */
  readonly occurred?: string;
  /** Example: `prefect.worker.started`. */
  readonly event: string;
  readonly resource: EventResource;
  readonly related: readonly EventResource[];
  readonly payload?: JsonObject;
  /** Id of the preceding event, if it was at most five minutes earlier. */
  readonly follows?: string | null;
}

/** Receives events. Never blocks and never throws; returns the event's id. */
export interface EventSink {
  emit(event: WorkerEvent): string;
}

/** Discards all events. */
export const silentEventSink: EventSink = { emit: (event) => event.id ?? '' };
