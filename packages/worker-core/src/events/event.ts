import type { JsonObject } from '../json/json.js';

/** A flat object of labels with a non-empty `prefect.resource.id`; a related one also `prefect.resource.role`. */
export type EventResource = Readonly<Record<string, string>>;

/** Something that happened, in Prefect's event shape. */
export interface WorkerEvent {
  /** UUID. Default: a new one. The same id twice is one event. */
  readonly id?: string;
  /** RFC 3339. Default: now. */
  readonly occurred?: string;
  /** Such as `prefect.worker.started`. */
  readonly event: string;
  readonly resource: EventResource;
  readonly related: readonly EventResource[];
  readonly payload?: JsonObject;
  /** Id of the event before, within five minutes of this one. */
  readonly follows?: string | null;
}

/** Where events go. Never blocks and never throws; returns the event's id. */
export interface EventSink {
  emit(event: WorkerEvent): string;
}

/** A sink that keeps nothing. */
export const silentEventSink: EventSink = { emit: (event) => event.id ?? '' };
