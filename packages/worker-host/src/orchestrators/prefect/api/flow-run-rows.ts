import type { RestClient } from '../rest/rest-client.js';
import { isFlowRun, isList, isNamed, isScheduledRun } from './api-shapes.js';
import type { ApiFlowRun, ApiFlowRunFilter, ApiFlowRunPage, ApiScheduledRun, ApiState } from './api-types.js';
import type { ListReader } from './list-reader.js';
import { isServerFault, type PoisonedRuns, shifted } from './poisoned-runs.js';
import type { UnreadableRecords } from './unreadable-records.js';

export interface FlowRunRowsDependencies {
  readonly rest: RestClient;
  readonly lists: ListReader;
  readonly poisoned: PoisonedRuns;
  readonly records: UnreadableRecords;
  /** Oldest first. */
  readonly readStates: (flowRunId: string, signal?: AbortSignal) => Promise<readonly ApiState[]>;
}

const MOST_REMEMBERED = 2000;
/** Maximum number of requests of a poll that return only runs to skip. */
const MOST_WINDOWS = 20;

interface DueQuery {
  readonly work_queue_names: readonly string[];
  readonly scheduled_before: string;
  readonly scheduled_after?: string;
  readonly limit?: number;
}

function dueTimeOf(run: ApiFlowRun): string | null {
  return run.next_scheduled_start_time ?? run.expected_start_time;
}

const WHAT = 'Listing flow runs';
const ALL: ApiFlowRunPage = { sort: 'ID_DESC', limit: Number.POSITIVE_INFINITY, offset: 0 };

/**
 * Reads flow runs, and skips those that the server cannot read. A run that is requested by its id is never skipped: it is
 * reconstructed from the last version seen and its states, which the server can read.
 */
export class FlowRunRows {
  readonly #seen = new Map<string, ApiFlowRun>();

  constructor(private readonly parts: FlowRunRowsDependencies) {}

  /** Null: the server knows no such run. */
  async read(id: string, signal?: AbortSignal): Promise<ApiFlowRun | null> {
    const path = `/flow_runs/${encodeURIComponent(id)}`;
    try {
      const call = {
        path,
        what: 'Reading the flow run',
        signal,
        isFaultHandled: true,
        accepts: isNamed(isFlowRun, id),
      };
      const row = (await this.parts.rest.callOrNull(call)) as ApiFlowRun | null;
      return row === null ? null : this.#remember(row);
    } catch (error) {
      if (!isServerFault(error)) throw error;
      return this.#standIn(id, error, signal);
    }
  }

  async list(filter: ApiFlowRunFilter, page: ApiFlowRunPage, signal?: AbortSignal): Promise<readonly ApiFlowRun[]> {
    const ids = filter.flow_runs?.id?.any_;
    const read = () =>
      this.#list(ids ? this.#withoutPoisoned(filter, ids) : this.parts.poisoned.without(filter), page, signal);
    const rows = await this.#pastPoisoned(filter, page, read, signal);
    const poisoned = ids?.filter((id) => this.parts.poisoned.ids.includes(id)) ?? [];
    const standIns = await Promise.all(poisoned.map((id) => this.read(id, signal)));
    return [...rows, ...standIns.filter((row) => row !== null)];
  }

  /** Reads a complete list, in pages. */
  async listAll(filter: ApiFlowRunFilter, signal?: AbortSignal): Promise<readonly ApiFlowRun[]> {
    return this.list(filter, ALL, signal);
  }

  /**
   * Reads due runs of a pool, without those whose deployment or flow cannot be read. While a run is skipped, runs due after it
   * are returned only if none is due before it: the server applies the limits of pool and queues to each request separately.
   *
   * @throws PrefectNotFoundError for an unknown pool or queue
   */
  async scheduled(pool: string, query: DueQuery, signal?: AbortSignal): Promise<readonly ApiScheduledRun[]> {
    const { poisoned, records } = this.parts;
    await records.check(signal);
    const due: ApiFlowRunFilter = {
      flow_runs: { state: { type: { any_: ['SCHEDULED'] } } },
      work_pools: { name: { any_: [pool] } },
    };
    return this.#pastPoisoned(
      due,
      ALL,
      async () => {
        for (const window of poisoned.windowsBefore(query.scheduled_before)) {
          const rows = await this.#pollPast(pool, { ...query, ...window }, signal);
          if (rows.length > 0) return rows;
        }
        return [];
      },
      signal,
    );
  }

  async #pastPoisoned<Row>(
    filter: ApiFlowRunFilter,
    page: ApiFlowRunPage,
    read: () => Promise<readonly Row[]>,
    signal: AbortSignal | undefined,
  ): Promise<readonly Row[]> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (!isServerFault(error) || !(await this.parts.poisoned.search(filter, page, signal))) throw error;
      }
    }
  }

  async #list(filter: ApiFlowRunFilter, page: ApiFlowRunPage, signal?: AbortSignal): Promise<readonly ApiFlowRun[]> {
    if (filter.flow_runs?.id?.any_?.length === 0) return [];
    const { sort, limit, offset } = page;
    const rows = await this.parts.lists.read({
      isRow: isFlowRun,
      path: '/flow_runs/filter',
      filter: { ...filter, sort },
      limit,
      offset,
      what: WHAT,
      signal,
      isFaultHandled: true,
    });
    for (const row of rows) this.#remember(row);
    return rows;
  }

  #withoutPoisoned(filter: ApiFlowRunFilter, ids: readonly string[]): ApiFlowRunFilter {
    const poisoned = new Set(this.parts.poisoned.ids);
    if (poisoned.size === 0) return filter;
    const any_ = ids.filter((id) => !poisoned.has(id));
    return { ...filter, flow_runs: { ...filter.flow_runs, id: { any_ } } };
  }

  /** Increases the delay between polls while all returned runs are skipped. */
  async #pollPast(pool: string, query: DueQuery, signal?: AbortSignal): Promise<readonly ApiScheduledRun[]> {
    let window = query;
    for (let asked = 0; asked < MOST_WINDOWS; asked += 1) {
      const rows = await this.#poll(pool, window, signal);
      const kept = rows.filter(({ flow_run: row }) => !this.parts.records.concerns(row));
      const last = rows
        .flatMap(({ flow_run: row }) => dueTimeOf(row) ?? [])
        .sort()
        .at(-1);
      if (kept.length > 0 || last === undefined) return kept;
      window = { ...query, scheduled_after: shifted(last, 1) };
    }
    return [];
  }

  async #poll(pool: string, query: DueQuery, signal?: AbortSignal): Promise<readonly ApiScheduledRun[]> {
    const request = async (body: object): Promise<readonly ApiScheduledRun[]> => {
      const path = `/work_pools/${encodeURIComponent(pool)}/get_scheduled_flow_runs`;
      const what = 'Polling for scheduled runs';
      const call = { method: 'POST', path, body, what, signal, isFaultHandled: true, accepts: isList } as const;
      // One invalid element must not affect the others.
      const rows = ((await this.parts.rest.call(call)) as readonly unknown[]).filter(isScheduledRun);
      for (const { flow_run: row } of rows) this.#remember(row);
      return rows;
    };
    const { limit } = query;
    return limit === undefined
      ? request(query)
      : this.parts.lists.withinLimit(limit, (allowed) => request({ ...query, limit: allowed }));
  }

  async #standIn(id: string, error: unknown, signal?: AbortSignal): Promise<ApiFlowRun | null> {
    const states = await this.parts.readStates(id, signal);
    const state = states.at(-1);
    if (!state) return null;
    const seen = this.#seen.get(id);
    if (!seen) throw error;
    return { ...seen, state, state_type: state.type, state_name: state.name };
  }

  #remember(row: ApiFlowRun): ApiFlowRun {
    this.#seen.delete(row.id);
    this.#seen.set(row.id, row);
    if (this.#seen.size > MOST_REMEMBERED) this.#seen.delete(this.#seen.keys().next().value ?? '');
    return row;
  }
}
