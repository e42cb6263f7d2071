import type { JsonObject, WorkerEvent } from '@worker-host/core';
import { uuid7 } from '../uuid7.js';

/** An event on the wire. */
export interface EventBody {
  readonly id: string;
  readonly occurred: string;
  readonly event: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly related: readonly Readonly<Record<string, string>>[];
  readonly payload: JsonObject;
  readonly follows: string | null;
}

const MAX_LABELS = 500;
const MAX_RELATED = 100;
const MAX_BYTES = 1_500_000;
const MAX_NAME_CHARACTERS = 1024;
const FOLLOWS_WITHIN_MS = 5 * 60_000;

/** Sets id and time. `followedAtMs`: time of the preceding event; undefined: unknown here. */
export function eventBody(event: WorkerEvent, nowMs: number, followedAtMs: number | undefined): EventBody {
  const occurred = event.occurred ?? new Date(nowMs).toISOString();
  const isTooLate = followedAtMs !== undefined && Math.abs(Date.parse(occurred) - followedAtMs) > FOLLOWS_WITHIN_MS;
  return {
    id: event.id ?? uuid7(nowMs),
    occurred,
    event: event.event,
    resource: event.resource,
    related: event.related,
    payload: event.payload ?? {},
    follows: isTooLate ? null : (event.follows ?? null),
  };
}

/** Returns why the server would reject the event; null: it would not. A rejected event closes the connection. */
export function problemOfEvent(body: EventBody): string | null {
  if (body.event === '' || body.event.length > MAX_NAME_CHARACTERS) return 'its name is empty or too long';
  if (body.related.length > MAX_RELATED) return `it has more than ${MAX_RELATED} related resources`;
  for (const [index, resource] of [body.resource, ...body.related].entries()) {
    const labels = Object.entries(resource);
    if (!resource['prefect.resource.id']) return 'a resource has no prefect.resource.id';
    if (index > 0 && !resource['prefect.resource.role']) return 'a related resource has no prefect.resource.role';
    if (labels.length > MAX_LABELS) return `a resource has more than ${MAX_LABELS} labels`;
    if (labels.some(([, value]) => typeof value !== 'string')) return 'a label is no text';
  }
  if (Buffer.byteLength(JSON.stringify(body)) > MAX_BYTES) return `it is larger than ${MAX_BYTES} bytes`;
  return null;
}
