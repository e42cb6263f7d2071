import { isJsonObject, jsonExcess, parseJson } from '@worker-host/core';
import { type HttpAnswer, HttpTransportError } from './http-transport.js';

/** Refusals that a proxy may give in words of its own and that mean the same. */
const REFUSED_BY_ANYBODY = new Set([401, 408, 413, 429, 431]);

/** What an answer says: JSON (null for an empty body), or that it is none of Prefect's. */
export type ReadAnswer =
  | { readonly isReadable: true; readonly json: unknown }
  | { readonly isReadable: false; readonly reason: string };

/**
 * Reads an answer. Prefect answers JSON, refusals included; a success or a refusal that is no JSON is the page of a
 * proxy and says nothing about the request: a 404 of an ingress does not mean that a run was deleted.
 *
 * @throws HttpTransportError `too-large` for one that would take long to read
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

/** Prefect Cloud answers a heartbeat with the worker's id as it is, without quotes. */
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
