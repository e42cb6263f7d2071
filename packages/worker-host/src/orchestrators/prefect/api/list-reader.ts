import type { RestClient } from '../rest/rest-client.js';
import { PrefectRefusedError } from '../rest/rest-errors.js';

/** Most rows that a server gives at a time by default. */
const DEFAULT_PAGE_SIZE = 200;
const LIMIT_REFUSED = /^Invalid limit: must be less than or equal to (\d+)/;

/** What is listed, and which part of it. */
export interface ListQuery {
  readonly path: string;
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
  async read<Row>(query: ListQuery): Promise<readonly Row[]> {
    const rows: Row[] = [];
    while (rows.length < query.limit) {
      const [asked, page] = await this.withinLimit(query.limit - rows.length, async (limit) => {
        return [limit, await this.#page<Row>({ ...query, limit, offset: query.offset + rows.length })] as const;
      });
      rows.push(...page);
      if (page.length < asked) break;
    }
    return rows;
  }

  /** Returns all rows. */
  async readAll<Row>(query: Omit<ListQuery, 'limit' | 'offset'>): Promise<readonly Row[]> {
    return this.read<Row>({ ...query, limit: Number.POSITIVE_INFINITY, offset: 0 });
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

  async #page<Row>({ path, filter, limit, offset, what, signal, isFaultHandled }: ListQuery): Promise<readonly Row[]> {
    const body = { ...filter, limit, offset };
    const page = await this.rest.call({ method: 'POST', path, body, what, signal, isFaultHandled });
    if (!Array.isArray(page)) throw new PrefectRefusedError({ method: 'POST', path, status: 200, detail: 'no list' });
    return page as Row[];
  }
}

/** The limit that a refusal names. Null: it is about something else. */
function allowedLimit(error: unknown): number | null {
  if (!(error instanceof PrefectRefusedError) || error.refusal.status !== 422) return null;
  const allowed = Number(LIMIT_REFUSED.exec(error.refusal.detail)?.[1] ?? 0);
  return allowed > 0 ? allowed : null;
}
