import { OrchestratorUnavailableError } from '@worker-host/core';
import { MOST_ANSWER_BYTES } from '../rest/read-body.js';
import type { RestClient } from '../rest/rest-client.js';
import { PrefectAnswerTooLargeError, PrefectRefusedError } from '../rest/rest-errors.js';
import { isList } from './api-shapes.js';

/** Most rows that a server gives at a time by default. */
const DEFAULT_PAGE_SIZE = 200;
/** Most characters of all pages of a list together: what a list takes of memory has a bound, even if its pages never end. */
const MOST_LIST_CHARACTERS = 16 * MOST_ANSWER_BYTES;
const LIMIT_REFUSED = /^Invalid limit: must be less than or equal to (\d+)/;

/** What is listed, and which part of it. */
export interface ListQuery<Row> {
  readonly path: string;
  /** What a row is; any other is omitted. */
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
 * Reads lists in pages of the size that the server allows (`PREFECT_SERVER_API_DEFAULT_LIMIT`), which its refusal names,
 * and that one answer holds: a page that is too long is read in halves.
 */
export class ListReader {
  #pageSize = DEFAULT_PAGE_SIZE;

  constructor(private readonly rest: RestClient) {}

  get pageSize(): number {
    return this.#pageSize;
  }

  /**
   * Returns the rows from `offset` on, fewer than `limit` only at the end of the list.
   *
   * @throws OrchestratorUnavailableError by PrefectAnswerTooLargeError where one row, or the whole list, is too long
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
      // A server that gives more than it was asked for gives the rest again and again.
      if (page.rows.length !== asked) break;
    }
    return rows;
  }

  /** Returns all rows. */
  async readAll<Row>(query: Omit<ListQuery<Row>, 'limit' | 'offset'>): Promise<readonly Row[]> {
    return this.read({ ...query, limit: Number.POSITIVE_INFINITY, offset: 0 });
  }

  /** Creates a request with the limit that is wanted, or with as much of it as the server allows and an answer holds. */
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

/** The limit that a refusal names. Null: it is about something else. */
function allowedLimit(error: unknown): number | null {
  if (!(error instanceof PrefectRefusedError) || error.refusal.status !== 422) return null;
  const allowed = Number(LIMIT_REFUSED.exec(error.refusal.detail)?.[1] ?? 0);
  return allowed > 0 ? allowed : null;
}
