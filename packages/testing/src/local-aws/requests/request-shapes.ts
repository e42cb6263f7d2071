import { readFileSync } from 'node:fs';

/** Relative to this file in `dist`. */
const FILE = new URL('../../../../data/request-shapes.json', import.meta.url);

/** A shape of a service model; members, entries and values name a scalar type or another shape. */
export type Shape =
  | { readonly members: Readonly<Record<string, string>>; readonly required: readonly string[] }
  | { readonly list: string }
  | { readonly map: string };

/** The input shapes of one service. */
export interface ServiceShapes {
  /** Name of the input shape by operation. */
  readonly operations: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

interface RequestShapes {
  /** Example: `botocore 1.43.117`. */
  readonly source: string;
  readonly services: Readonly<Record<string, ServiceShapes>>;
}

let loaded: RequestShapes | null = null;

/** Returns the input shapes of a service, from botocore's models; null for services without a model here. */
export function requestShapesOf(service: string): ServiceShapes | null {
  loaded ??= JSON.parse(readFileSync(FILE, 'utf8')) as RequestShapes;
  return Object.hasOwn(loaded.services, service) ? (loaded.services[service] ?? null) : null;
}
