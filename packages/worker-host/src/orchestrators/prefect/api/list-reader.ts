import type { RestClient } from '../rest/rest-client.js';
import { PrefectRefusedError } from '../rest/rest-errors.js';
import { isList } from './api-shapes.js';

/** Most rows that a server gives at a time by default. */
const DEFAULT_PAGE_SIZE = 200;
const LIMIT_REFUSED = /^Invalid limit: must be less than or equal to (\d+)/;

/** What is listed, and which part of it. */
export interface ListQuery<Row> {
  readonly path: string;
  /** What a row is; any other is left out. */
  readonly isRow: (value: unknown) => value is Row;
  readonly filter: object;
  readonly limit: number;
  readonly offset: number;
  readonly what: string;
  readonly signal?: AbortSignal;
  /** See `RestCall.isFaultHandled`. */
  readonly isFaultHandled?: boolean;
}

/** Reads lists in pages of the size that the server allows (`PREFECT_SERVER_API_DEFAULT_LIMIT`), which its refusal names. */
export class ListReader {
  #pageSize = DEFAULT_PAGE_SIZE;

  constructor(private readonly rest: RestClient) {}

  get pageSize(): number {
    return this.#pageSize;
  }

  /** Returns the rows from `offset` on, fewer than `limit` only at the end of the list. */
  async read<Row>(query: ListQuery<Row>): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let read = 0;
    while (read < query.limit) {
      const [asked, page] = await this.withinLimit(query.limit - read, async (limit) => {
        return [limit, await this.#page({ ...query, limit, offset: query.offset + read })] as const;
      });
      read += page.length;
      for (const row of page) if (query.isRow(row)) rows.push(row);
      // A server that gives more than it was asked for gives the rest again and again.
      if (page.length !== asked) break;
    }
    return rows;
  }

  /** Returns all rows. */
  async readAll<Row>(query: Omit<ListQuery<Row>, 'limit' | 'offset'>): Promise<readonly Row[]> {
    return this.read({ ...query, limit: Number.POSITIVE_INFINITY, offset: 0 });
  }

  /** Makes a request with the limit that is wanted, or with as much of it as the server allows. */
  async withinLimit<Result>(wanted: number, request: (limit: number) => Promise<Result>): Promise<Result> {
    const limit = Math.min(wanted, this.#pageSize);
    try {
      return await request(limit);
    } catch (error) {
      const allowed = allowedLimit(error);
      if (allowed === null || allowed >= limit) throw error;
      this.#pageSize = allowed;
      return request(allowed);
    }
  }

  async #page<Row>(query: ListQuery<Row>): Promise<readonly unknown[]> {
    const { path, filter, limit, offset, what, signal, isFaultHandled } = query;
    const body = { ...filter, limit, offset };
    const call = { method: 'POST', path, body, what, signal, isFaultHandled, accepts: isList } as const;
    return (await this.rest.call(call)) as readonly unknown[];
  }
}

/** The limit that a refusal names. Null: it is about something else. */
function allowedLimit(error: unknown): number | null {
  if (!(error instanceof PrefectRefusedError) || error.refusal.status !== 422) return null;
  const allowed = Number(LIMIT_REFUSED.exec(error.refusal.detail)?.[1] ?? 0);
  return allowed > 0 ? allowed : null;
}
