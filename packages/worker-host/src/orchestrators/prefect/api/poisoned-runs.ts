import { type Clock, isJsonObject, type Logger, OrchestratorUnavailableError } from '@worker-host/core';
import { PrefectAnswerTooLargeError, PrefectRefusedError } from '../rest/rest-errors.js';
import { isFlowRun } from './api-shapes.js';
import type { ApiFlowRunFilter, ApiFlowRunPage, ApiState } from './api-types.js';
import type { ListReader } from './list-reader.js';

/** A run as the server lists it without its labels. */
interface BareRun {
  readonly id: string;
  readonly state_type: string | null;
}

function isBareRun(row: unknown): row is BareRun {
  return isJsonObject(row) && typeof row.id === 'string' && typeof (row.state_type ?? '') === 'string';
}

interface PoisonedRun {
  /** When it is due. Null: it is not scheduled. */
  readonly scheduledTime: string | null;
  readonly knownUntilMs: number;
}

export interface PoisonedRunsDependencies {
  readonly lists: ListReader;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  readonly readStates: (flowRunId: string, signal?: AbortSignal) => Promise<readonly ApiState[]>;
}

/** An interval of due times, both ends included. */
export interface DueWindow {
  readonly scheduled_after?: string;
  readonly scheduled_before: string;
}

/** A run may be repaired or deleted: it is listed again after this time, and detected again if it is not. */
const REMEMBERED_MS = 10 * 60_000;
const MOST_SEARCHED = 1000;
const MOST_PROBES = 80;
/** Maximum number of failing lists per search. Finding a single bad run among the maximum number takes eleven. */
const MOST_PROBES_IN_VAIN = 24;
const FEW = 3;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Runs that make the server respond with 500 to every list that contains them, such as one with a label that is not a text, or
 * that are too large for any response. They are found by halving a failing list, reported once each, and excluded from later
 * lists.
 */
export class PoisonedRuns {
  readonly #known = new Map<string, PoisonedRun>();
  readonly #reported = new Set<string>();

  constructor(private readonly parts: PoisonedRunsDependencies) {}

  /** Ids of the known ones. */
  get ids(): readonly string[] {
    for (const [id, { knownUntilMs }] of this.#known) {
      if (knownUntilMs <= this.parts.clock.monotonicMs()) this.#known.delete(id);
    }
    return [...this.#known.keys()];
  }

  /** One line per run, for people. */
  get lines(): readonly string[] {
    return this.ids.map((id) => `Prefect fails every list that contains flow run ${id}; the run is skipped`);
  }

  /** Returns the filter with the known ones excluded. */
  without(filter: ApiFlowRunFilter): ApiFlowRunFilter {
    const { ids } = this;
    if (ids.length === 0) return filter;
    const { id } = filter.flow_runs ?? {};
    const not_any_ = [...new Set([...(id?.not_any_ ?? []), ...ids])];
    return { ...filter, flow_runs: { ...filter.flow_runs, id: { ...id, not_any_ } } };
  }

  /** Returns the intervals around the known ones that contain all other runs due before a time. */
  windowsBefore(scheduledBefore: string): readonly DueWindow[] {
    const { ids } = this;
    const times = ids.flatMap((id) => this.#known.get(id)?.scheduledTime ?? []).sort();
    const windows: DueWindow[] = [];
    let after: string | undefined;
    for (const time of new Set(times)) {
      if (Date.parse(time) > Date.parse(scheduledBefore)) break;
      windows.push({ ...(after === undefined ? {} : { scheduled_after: after }), scheduled_before: shifted(time, -1) });
      after = shifted(time, 1);
    }
    windows.push({ ...(after === undefined ? {} : { scheduled_after: after }), scheduled_before: scheduledBefore });
    return windows;
  }

  /**
   * Searches the runs of a failing list, up to the maximum.
   *
   * @returns true if at least one unknown run was found
   */
  async search(
    filter: ApiFlowRunFilter,
    { sort, limit, offset }: ApiFlowRunPage,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { lists, logger } = this.parts;
    let runs: readonly BareRun[];
    try {
      // The only list of the API that omits the members that can be invalid.
      const path = '/ui/flow_runs/history';
      const body = { ...this.without(filter), sort };
      const most = Math.min(limit, MOST_SEARCHED);
      const what = 'Listing runs';
      runs = await lists.read({ isRow: isBareRun, path, filter: body, limit: most, offset, what, signal });
    } catch (error) {
      signal?.throwIfAborted();
      logger.debug('Cannot determine which flow runs make the server fail', { error });
      return false;
    }
    const probes: Probes = { left: MOST_PROBES, hasPassed: false };
    const found = await this.#failing(runs, probes, signal);
    if (!probes.hasPassed && !(await this.#isOnlyThese(found, signal))) return false;
    for (const run of found) await this.#note(run, signal);
    return found.length > 0;
  }

  /** Finds the runs that make a list fail: halves of a failing list are tried until one run is left. */
  async #failing(runs: readonly BareRun[], probes: Probes, signal?: AbortSignal): Promise<readonly BareRun[]> {
    const isHopeless = !probes.hasPassed && probes.left <= MOST_PROBES - MOST_PROBES_IN_VAIN;
    if (runs.length === 0 || probes.left <= 0 || isHopeless) return [];
    probes.left -= 1;
    if (await this.#isListable(runs, signal)) {
      probes.hasPassed = true;
      return [];
    }
    if (runs.length === 1) return runs;
    const middle = Math.ceil(runs.length / 2);
    const before = await this.#failing(runs.slice(0, middle), probes, signal);
    return [...before, ...(await this.#failing(runs.slice(middle), probes, signal))];
  }

  /** Every list failed: true if few runs are left and a list without any works. */
  async #isOnlyThese(found: readonly BareRun[], signal?: AbortSignal): Promise<boolean> {
    if (found.length === 0 || found.length > FEW) return false;
    return this.#isListable([{ id: NOBODY, state_type: null }], signal);
  }

  async #isListable(runs: readonly BareRun[], signal?: AbortSignal): Promise<boolean> {
    const filter = { flow_runs: { id: { any_: runs.map(({ id }) => id) } }, sort: 'ID_DESC' };
    try {
      await this.parts.lists.read({
        isRow: isFlowRun,
        path: '/flow_runs/filter',
        filter,
        limit: runs.length,
        offset: 0,
        what: 'Listing flow runs',
        signal,
        isFaultHandled: true,
      });
      return true;
    } catch (error) {
      if (isServerFault(error)) return false;
      throw error;
    }
  }

  async #note({ id, state_type: type }: BareRun, signal?: AbortSignal): Promise<void> {
    const { clock, logger, readStates } = this.parts;
    const states = type === 'SCHEDULED' ? await readStates(id, signal) : [];
    const scheduledTime = states.at(-1)?.state_details?.scheduled_time;
    this.#known.set(id, {
      scheduledTime: isTime(scheduledTime) ? scheduledTime : null,
      knownUntilMs: clock.monotonicMs() + REMEMBERED_MS,
    });
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    logger.warn(
      'The server responds with 500, or with too much data, to every list that contains this flow run; the run is skipped. Set its labels to strings, make its job variables smaller, or delete it',
      { flowRunId: id },
    );
  }
}

interface Probes {
  left: number;
  /** A part of the list could be read: the server itself works. */
  hasPassed: boolean;
}

/** Returns whether the server fails on this request: a response of 500, or one that is too large to be read. */
export function isServerFault(error: unknown): boolean {
  if (!(error instanceof OrchestratorUnavailableError)) return false;
  const { cause } = error;
  if (cause instanceof PrefectAnswerTooLargeError) return true;
  return cause instanceof PrefectRefusedError && cause.refusal.status === 500;
}

const MICROS = 1_000_000;

/** End of year 9999, the maximum time of the API. */
const LAST_MS = Date.UTC(10_000, 0) - 1;

/**
 * Moves a time of the API by microseconds, of which it has six digits. A time that the API cannot have returned is unchanged.
 */
export function shifted(time: string, micros: number): string {
  const [, whole = '', fraction = ''] = /^([^.]*:\d\d)(?:\.(\d+))?(?:Z|\+00:00)$/.exec(time) ?? [];
  const sum = Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)) + micros;
  const seconds = Math.floor(sum / MICROS);
  if (!(seconds >= 0 && seconds * 1000 <= LAST_MS)) return time;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(sum - seconds * MICROS).padStart(6, '0')}Z`;
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
