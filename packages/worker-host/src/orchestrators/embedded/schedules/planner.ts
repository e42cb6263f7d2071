import type { EmbeddedDatabase, Row } from '../database/database.js';
import { isDatabaseFailure } from '../database/database-errors.js';
import { numberOf, parseJson } from '../database/rows.js';
import type { FlowRuns } from '../runs/flow-runs.js';
import type { Schedule } from './schedule-types.js';
import { catchUpOf, startOf, timesOf } from './schedules.js';

const MINUTE_MS = 60_000;
/** Minimum time ahead for which runs are planned, unless there are too many. */
const AHEAD_MS = 60 * MINUTE_MS;
/** Planning starts again when less than this is planned. */
const REPLAN_BELOW_MS = 30 * MINUTE_MS;
const FARTHEST_MS = 366 * 24 * 60 * MINUTE_MS;
const LEAST_AHEAD = 3;
/** Maximum number of planned runs per schedule. */
const MOST_AHEAD = 100;
/** Maximum number of missed times of a schedule that are made up for at once. */
const MOST_MISSED = 100;

/** A schedule that cannot be planned. */
export interface ScheduleProblem {
  readonly deploymentName: string;
  readonly error: unknown;
}

/** The next runs of a schedule. */
interface Plan {
  readonly row: Row;
  readonly schedule: Schedule;
  readonly timesMs: readonly number[];
  readonly plannedUntilMs: number;
}

/** Creates runs from schedules, some time ahead. Any number of processes can plan concurrently: no time is planned twice. */
export class Planner {
  /** Schedules that could not be planned, by id, with their definition at that time. */
  readonly #unreadable = new Map<string, unknown>();

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly runs: FlowRuns,
    private readonly nowMs: () => number,
  ) {}

  /**
   * Plans ahead: the next hour, at least three and at most a hundred runs per schedule. Times that were not planned, because no
   * worker was running, are made up for as the schedule specifies, by default the latest of the last day.
   *
   * @returns the schedules that cannot be planned and were not reported by this process before; all others are planned.
   */
  plan(): readonly ScheduleProblem[] {
    const rows = this.#toPlan();
    const failed = new Map<Row, unknown>();
    const plans = rows.flatMap((row) => {
      try {
        return [planOf(row, this.nowMs())];
      } catch (error) {
        failed.set(row, error);
        return [];
      }
    });
    for (const [row, error] of this.#storeAll(plans)) failed.set(row, error);
    return this.#newProblems(failed);
  }

  /** Stores plans in one write; if one cannot be stored, each separately. Returns those that could not be stored. */
  #storeAll(plans: readonly Plan[]): ReadonlyMap<Row, unknown> {
    const failed = new Map<Row, unknown>();
    if (plans.length === 0) return failed;
    try {
      this.database.write(() => {
        for (const plan of plans) this.#store(plan);
      });
    } catch (error) {
      if (isDatabaseFailure(error)) throw error;
      if (plans.length === 1) return new Map(plans.map(({ row }) => [row, error]));
      for (const plan of plans) for (const [row, reason] of this.#storeAll([plan])) failed.set(row, reason);
    }
    return failed;
  }

  #newProblems(failed: ReadonlyMap<Row, unknown>): readonly ScheduleProblem[] {
    const before = new Map(this.#unreadable);
    this.#unreadable.clear();
    const problems: ScheduleProblem[] = [];
    for (const [row, error] of failed) {
      const id = String(row.id);
      this.#unreadable.set(id, row.schedule);
      if (before.get(id) !== row.schedule) problems.push({ deploymentName: String(row.name), error });
    }
    return problems;
  }

  /** Returns schedules with too few planned runs that have room for more. */
  #toPlan(): readonly Row[] {
    return this.database.all(
      `SELECT s.id, s.schedule, s.planned_until_ms, s.deployment_id, d.name,
         (SELECT count(*) FROM flow_runs r
          WHERE r.deployment_id = d.id AND r.state_type = 'SCHEDULED' AND r.schedule_id = s.id) AS waiting
       FROM deployment_schedules s JOIN deployments d ON d.id = s.deployment_id
       WHERE s.planned_until_ms < ? AND d.is_paused = 0 AND waiting < ?`,
      this.nowMs() + REPLAN_BELOW_MS,
      MOST_AHEAD,
    );
  }

  /**
   * Has no effect if the schedule was deleted or its deployment paused meanwhile. Runs that another process has planned
   * meanwhile have the same keys.
   */
  #store({ row, schedule, timesMs, plannedUntilMs }: Plan): void {
    const isOurs = this.database.run(
      `UPDATE deployment_schedules SET planned_until_ms = max(planned_until_ms, ?) WHERE id = ?
         AND EXISTS (SELECT 1 FROM deployments WHERE id = deployment_id AND is_paused = 0)`,
      plannedUntilMs,
      String(row.id),
    );
    if (isOurs === 0) return;
    for (const timeMs of timesMs) this.#planRun(row, schedule, timeMs);
  }

  /** Creates one run per deployment and time, even if two of its unnamed schedules have that time. */
  #planRun(row: Row, schedule: Schedule, timeMs: number): void {
    this.runs.create({
      deploymentName: String(row.name),
      workPoolName: null,
      workQueueName: null,
      name: null,
      jobVariables: {},
      parameters: schedule.parameters ?? {},
      tags: ['auto-scheduled'],
      idempotencyKey: ['scheduled', schedule.name, new Date(timeMs).toISOString()].filter(Boolean).join(' '),
      scheduledForMs: startOf(String(row.id), schedule, timeMs).startMs,
      scheduleId: String(row.id),
    });
  }
}

/** @throws for a schedule that this process cannot read. Example: in an unknown time zone. */
function planOf(row: Row, nowMs: number): Plan {
  const schedule = parseJson(row.schedule) as unknown as Schedule;
  const plannedMs = numberOf(row.planned_until_ms) ?? nowMs;
  const missed = missedTimes(schedule, plannedMs, nowMs);
  const fromMs = Math.max(plannedMs, nowMs);
  const soon = timesOf(schedule, fromMs, nowMs + AHEAD_MS, MOST_AHEAD);
  const next = soon.length < LEAST_AHEAD ? timesOf(schedule, fromMs, nowMs + FARTHEST_MS, LEAST_AHEAD) : soon;
  const ahead = next.slice(0, MOST_AHEAD - Number(row.waiting));
  return { row, schedule, timesMs: [...missed, ...ahead], plannedUntilMs: Math.max(plannedMs, ahead.at(-1) ?? nowMs) };
}

/** Returns past times that were not planned and are made up for. */
function missedTimes(schedule: Schedule, plannedMs: number, nowMs: number): readonly number[] {
  const { which, windowMs } = catchUpOf(schedule);
  const afterMs = Math.max(plannedMs, nowMs - windowMs);
  if (which === 'none' || afterMs >= nowMs) return [];
  return latestTimes(schedule, afterMs, nowMs, which === 'all' ? MOST_MISSED : 1);
}

/**
 * Returns the last times of a window. Searches from its end, in parts that double: a schedule of every second has many times.
 */
function latestTimes(schedule: Schedule, afterMs: number, untilMs: number, most: number): readonly number[] {
  for (let partMs = AHEAD_MS; ; partMs *= 2) {
    const fromMs = Math.max(afterMs, untilMs - partMs);
    const times = timesOf(schedule, fromMs, untilMs, Number.MAX_SAFE_INTEGER);
    if (times.length >= most || fromMs === afterMs) return times.slice(-most);
  }
}
