import { isJsonObject, jsonExcess, parseJson } from '@worker-host/core';
import { type HttpAnswer, HttpTransportError } from './http-transport.js';

/** Error statuses that have the same meaning if a proxy sends them. */
const REFUSED_BY_ANYBODY = new Set([401, 408, 413, 429, 431]);

/** Content of a response: JSON (null for an empty body), or not a response of Prefect. */
export type ReadAnswer =
  | { readonly isReadable: true; readonly json: unknown }
  | { readonly isReadable: false; readonly reason: string };

/**
 * Parses a response. Prefect responds with JSON, including errors; a success or an error without JSON is the page of a
 * proxy and says nothing about the request: a 404 of an ingress does not mean that a run was deleted.
 *
 * @throws HttpTransportError `too-large` for one that would take long to parse
 */
export function readAnswer({ status, headers, body }: HttpAnswer): ReadAnswer {
  const excess = jsonExcess(body);
  if (excess !== null) throw new HttpTransportError('too-large', `the answer ${excess}`);
  const coding = headers['content-encoding'] ?? 'identity';
  const reason = coding === 'identity' ? 'it is not JSON' : `it is compressed (${coding}), which was not requested`;
  if (status >= 200 && status < 300) {
    if (status === 204 || body === '') return { isReadable: true, json: null };
    const json = parsed(body);
    return json === undefined ? { isReadable: false, reason } : { isReadable: true, json };
  }
  if (status < 400 || status >= 500 || REFUSED_BY_ANYBODY.has(status)) return { isReadable: true, json: null };
  return isJsonObject(parsed(body)) ? { isReadable: true, json: null } : { isReadable: false, reason };
}

/** Prefect Cloud responds to a heartbeat with the worker's id as plain text, without quotes. */
const BARE_ID = /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$/i;

function parsed(text: string): unknown {
  const id = BARE_ID.exec(text)?.[1];
  if (id !== undefined) return id;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
