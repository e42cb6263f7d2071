import { OrchestratorUnavailableError } from '@worker-host/core';
import { MOST_ANSWER_BYTES } from '../rest/read-body.js';
import type { RestClient } from '../rest/rest-client.js';
import { PrefectAnswerTooLargeError, PrefectRefusedError } from '../rest/rest-errors.js';
import { isList } from './api-shapes.js';

/** Default page limit of a server. */
const DEFAULT_PAGE_SIZE = 200;
/** Maximum number of characters of all pages of a list: memory is bounded, even if the pages never end. */
const MOST_LIST_CHARACTERS = 16 * MOST_ANSWER_BYTES;
const LIMIT_REFUSED = /^Invalid limit: must be less than or equal to (\d+)/;

/** Which list to read, and which part of it. */
export interface ListQuery<Row> {
  readonly path: string;
  /** Type check of a row; others are omitted. */
  readonly isRow: (value: unknown) => value is Row;
  readonly filter: object;
  readonly limit: number;
  readonly offset: number;
  readonly what: string;
  readonly signal?: AbortSignal;
  /** See `RestCall.isFaultHandled`. */
  readonly isFaultHandled?: boolean;
}

/**
 * Reads lists in pages of the size that the server allows (`PREFECT_SERVER_API_DEFAULT_LIMIT`), which its error contains, and
 * that fit one response: a page that is too large is read in halves.
 */
export class ListReader {
  #pageSize = DEFAULT_PAGE_SIZE;

  constructor(private readonly rest: RestClient) {}

  get pageSize(): number {
    return this.#pageSize;
  }

  /**
   * Returns the rows from `offset`, fewer than `limit` only at the end of the list.
   *
   * @throws OrchestratorUnavailableError with the cause PrefectAnswerTooLargeError if one row, or the complete list, is too
   * large
   */
  async read<Row>(query: ListQuery<Row>): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let read = 0;
    let characters = 0;
    let pageSize = query.limit;
    while (read < query.limit) {
      const wanted = Math.min(pageSize, query.limit - read);
      const [asked, page] = await this.withinLimit(wanted, async (limit) => {
        return [limit, await this.#page({ ...query, limit, offset: query.offset + read })] as const;
      });
      read += page.rows.length;
      characters += page.characters;
      pageSize = asked;
      if (characters > MOST_LIST_CHARACTERS) throw tooLong(query, this.rest.condition.apiUrl);
      for (const row of page.rows) if (query.isRow(row)) rows.push(row);
      // A server that returns more than requested returns the rest again and again.
      if (page.rows.length !== asked) break;
    }
    return rows;
  }

  /** Returns all rows. */
  async readAll<Row>(query: Omit<ListQuery<Row>, 'limit' | 'offset'>): Promise<readonly Row[]> {
    return this.read({ ...query, limit: Number.POSITIVE_INFINITY, offset: 0 });
  }

  /** Sends a request with the wanted limit, or as much of it as the server allows and a response can hold. */
  async withinLimit<Result>(wanted: number, request: (limit: number) => Promise<Result>): Promise<Result> {
    for (let limit = Math.min(wanted, this.#pageSize); ; ) {
      try {
        return await request(limit);
      } catch (error) {
        const allowed = allowedLimit(error);
        if (allowed !== null && allowed < limit) {
          this.#pageSize = allowed;
          limit = allowed;
        } else if (isTooLarge(error) && limit > 1) {
          limit = Math.floor(limit / 2);
        } else throw error;
      }
    }
  }

  async #page<Row>(query: ListQuery<Row>): Promise<Page> {
    const { path, filter, limit, offset, what, signal, isFaultHandled } = query;
    const body = { ...filter, limit, offset };
    const call = { method: 'POST', path, body, what, signal, isFaultHandled, accepts: isList } as const;
    const { json, characters } = await this.rest.callMeasured(call);
    return { rows: json as readonly unknown[], characters };
  }
}

interface Page {
  readonly rows: readonly unknown[];
  readonly characters: number;
}

function tooLong({ what, path }: ListQuery<unknown>, apiUrl: string): OrchestratorUnavailableError {
  const reason = `all pages of the list together are longer than ${MOST_LIST_CHARACTERS / 1024 / 1024} MiB`;
  return new OrchestratorUnavailableError(what, apiUrl, {
    cause: new PrefectAnswerTooLargeError('POST', path, reason),
  });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof OrchestratorUnavailableError && error.cause instanceof PrefectAnswerTooLargeError;
}

/** Returns the limit in an error response. Null: it has another cause. */
function allowedLimit(error: unknown): number | null {
  if (!(error instanceof PrefectRefusedError) || error.refusal.status !== 422) return null;
  const allowed = Number(LIMIT_REFUSED.exec(error.refusal.detail)?.[1] ?? 0);
  return allowed > 0 ? allowed : null;
}
