import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import {
  allOf,
  type Condition,
  conditionOf,
  listsArrays,
  type RunFilter,
  stateConditions,
} from '../database/run-filter.js';

/** Sort order of runs. `changed`: see {@link RunListing}. The others: longest first, newest first, by name. */
export const RUN_SORTS = ['changed', 'created', 'duration', 'name'] as const;
export type RunSort = (typeof RUN_SORTS)[number];

/** Part of a list to read. */
export interface ListRange {
  readonly sort?: RunSort;
  /** Id of the run after which the list continues. Absent or null: from the beginning. */
  readonly after?: string | null;
  /** Maximum number of runs. */
  readonly limit: number;
}

/** A part of a list. */
export interface ListedRuns {
  readonly ids: readonly string[];
  /** Number of further runs; {@link MOST_COUNTED}: that many or more. */
  readonly more: number;
}

/** Maximum count of runs after the listed ones. */
export const MOST_COUNTED = 10_000;

/** A section of a list: runs in one order. */
interface Section {
  /** Condition of the section. */
  readonly condition: Condition;
  /** One condition for each index; together they are the section. */
  readonly states: readonly Condition[];
  /** Sort expression, before the order in which the runs were created. */
  readonly key: string;
  readonly isDescending: boolean;
  /** Null: SQLite chooses. */
  readonly index: string | null;
}

/** A run with its sort key. */
interface Place {
  readonly id: string;
  readonly key: SqlValue;
  readonly row: number;
}

/**
 * Lists runs. The order `changed` has two sections: first due, active and ended runs by their last change (for waiting ones,
 * when they became due), the most recent first; then future runs, the soonest first. Both are read from an index in their
 * order.
 */
export class RunListing {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  list(filter: RunFilter, { sort = 'changed', after = null, limit }: ListRange): ListedRuns {
    return this.database.read(() => {
      const sections = sort === 'changed' ? this.#byChange(filter) : [this.#sorted(filter, sort)];
      const start = after === null ? null : this.#find(sections, after);
      let from = start?.place ?? null;
      const ids: string[] = [];
      let more = 0;
      for (const section of sections.slice(start?.index ?? 0)) {
        const wanted = limit - ids.length;
        const found = wanted > 0 ? this.#read(section, from, wanted) : [];
        ids.push(...found.map(({ id }) => id));
        if (found.length >= wanted) more += this.#count(section, found.at(-1) ?? from, MOST_COUNTED - more);
        from = null;
      }
      return { ids, more };
    });
  }

  #byChange(filter: RunFilter): readonly Section[] {
    const nowMs = this.nowMs();
    const wanted = conditionOf(filter);
    const isAhead = (not: string): Condition => ({
      sql: `${not} (state_type = 'SCHEDULED' AND listed_ms > ?)`,
      parameters: [nowMs],
    });
    const isIndexed = listsArrays(filter);
    const begun: Section = {
      condition: allOf([wanted, isAhead('NOT')]),
      states: stateConditions(filter, nowMs),
      key: 'listed_ms',
      isDescending: true,
      index: isIndexed ? indexOf(filter) : null,
    };
    const { states } = filter;
    if (states !== null && states !== undefined && !states.includes('SCHEDULED')) return [begun];
    const ahead: Section = {
      condition: allOf([wanted, isAhead('')]),
      states: [{ sql: `state_type = 'SCHEDULED'`, parameters: [] }],
      key: 'listed_ms',
      isDescending: false,
      index: isIndexed ? 'flow_runs_of_state_listed' : null,
    };
    return [begun, ahead];
  }

  #sorted(filter: RunFilter, sort: Exclude<RunSort, 'changed'>): Section {
    const nowMs = this.nowMs();
    const states = stateConditions(filter, nowMs);
    const any = `(${states.map(({ sql }) => sql).join(' OR ')})`;
    const duration = `coalesce(iif(state_type = 'SCHEDULED', NULL, coalesce(end_ms, ${nowMs}) - attempt_started_ms), -1)`;
    return {
      condition: allOf([conditionOf(filter), { ...allOf(states), sql: any }]),
      states: [{ sql: 'true', parameters: [] }],
      key: { created: 'created_ms', duration, name: 'name' }[sort],
      isDescending: sort !== 'name',
      index: null,
    };
  }

  /** Returns the position of a run. Null: it is no longer listed, so the list starts again. */
  #find(sections: readonly Section[], id: string): { readonly index: number; readonly place: Place } | null {
    for (const [index, { condition, key }] of sections.entries()) {
      const row = this.database.get(
        `SELECT id, ${key} AS key, rowid AS row FROM flow_runs WHERE id = ? AND ${condition.sql}`,
        id,
        ...condition.parameters,
      );
      if (row !== null) return { index, place: toPlace(row) };
    }
    return null;
  }

  #read(section: Section, from: Place | null, limit: number): readonly Place[] {
    const { key, isDescending } = section;
    const order = isDescending ? 'DESC' : 'ASC';
    const places = selections(section, from).flatMap(({ sql, parameters }) =>
      this.database
        .all(
          `SELECT id, ${key} AS key, rowid AS row ${sql} ORDER BY ${key} ${order}, rowid ${order} LIMIT ?`,
          ...parameters,
          limit,
        )
        .map(toPlace),
    );
    const sign = isDescending ? -1 : 1;
    return section.states.length === 1 ? places : places.sort((a, b) => sign * compare(a, b)).slice(0, limit);
  }

  #count(section: Section, from: Place | null, most: number): number {
    let count = 0;
    for (const { sql, parameters } of selections(section, from)) {
      if (count >= most) break;
      const row = this.database.get(
        `SELECT count(*) AS count FROM (SELECT 1 ${sql} LIMIT ?)`,
        ...parameters,
        most - count,
      );
      count += Number(row?.count);
    }
    return count;
  }
}

/** Input for reading a section from a position. */
function selections(
  { condition, states, key, isDescending, index }: Section,
  from: Place | null,
): readonly Condition[] {
  const after: readonly Condition[] =
    from === null
      ? []
      : [{ sql: `(${key}, rowid) ${isDescending ? '<' : '>'} (?, ?)`, parameters: [from.key, from.row] }];
  return states.map((state) => {
    const { sql, parameters } = allOf([state, condition, ...after]);
    return { sql: `FROM flow_runs ${index === null ? '' : `INDEXED BY ${index} `}WHERE ${sql}`, parameters };
  });
}

function indexOf({ poolId, deploymentId, states }: RunFilter): string {
  if (states !== null && states !== undefined) return 'flow_runs_of_state_listed';
  if (deploymentId !== null && deploymentId !== undefined) return 'flow_runs_of_deployment_listed';
  return poolId === null || poolId === undefined ? 'flow_runs_listed' : 'flow_runs_of_pool_listed';
}

function toPlace({ id, key = null, row }: Row): Place {
  return { id: String(id), key, row: Number(row) };
}

function compare(a: Place, b: Place): number {
  return Number(a.key) - Number(b.key) || a.row - b.row;
}
