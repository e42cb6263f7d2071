import type { Schedule } from './administration-types.js';
import type { EmbeddedDatabase, Row } from './database.js';
import type { FlowRuns } from './flow-runs.js';
import { numberOf, parseJson } from './rows.js';
import { timesOf } from './schedules.js';

const MINUTE_MS = 60_000;
/** How far ahead runs are planned at least, where there are not too many of them. */
const AHEAD_MS = 60 * MINUTE_MS;
/** Planning begins anew when less than so much is planned. */
const REPLAN_BELOW_MS = 30 * MINUTE_MS;
const FARTHEST_MS = 366 * 24 * 60 * MINUTE_MS;
const LEAST_AHEAD = 3;
/** Most runs that wait for one schedule. */
const MOST_AHEAD = 100;
const MISSED_LOOK_BACK_MS = 24 * 60 * MINUTE_MS;

/** Turns schedules into runs, some time ahead. Any number of processes may plan at once: no time is planned twice. */
export class Planner {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly runs: FlowRuns,
    private readonly nowMs: () => number,
  ) {}

  /**
   * Plans what is due to be planned: the next hour, three runs at least, a hundred at most for a schedule. Of the times
   * of the last day that nobody planned, because no worker lived, the latest one is made up for.
   */
  plan(): void {
    if (this.#toPlan().length === 0) return;
    this.database.write(() => {
      for (const row of this.#toPlan()) this.#planOne(row);
    });
  }

  /** Schedules of which less is planned than should be, and which have room for more. */
  #toPlan(): readonly Row[] {
    return this.database.all(
      `SELECT s.id, s.schedule, s.planned_until_ms, s.deployment_id, d.name,
         (SELECT count(*) FROM flow_runs r
          WHERE r.deployment_id = d.id AND r.state_type = 'SCHEDULED' AND r.auto_scheduled = 1) AS waiting
       FROM deployment_schedules s JOIN deployments d ON d.id = s.deployment_id
       WHERE s.planned_until_ms < ? AND d.is_paused = 0 AND waiting < ?`,
      this.nowMs() + REPLAN_BELOW_MS,
      MOST_AHEAD,
    );
  }

  #planOne(row: Row): void {
    const nowMs = this.nowMs();
    const schedule = parseJson(row.schedule) as unknown as Schedule;
    const plannedMs = numberOf(row.planned_until_ms) ?? nowMs;
    const missed = latestMissed(schedule, Math.max(plannedMs, nowMs - MISSED_LOOK_BACK_MS), nowMs);
    const fromMs = Math.max(plannedMs, nowMs);
    const soon = timesOf(schedule, fromMs, nowMs + AHEAD_MS, MOST_AHEAD);
    const next = soon.length < LEAST_AHEAD ? timesOf(schedule, fromMs, nowMs + FARTHEST_MS, LEAST_AHEAD) : soon;
    const room = MOST_AHEAD - (numberOf(row.waiting) ?? 0);
    const ahead = next.slice(0, room);
    for (const timeMs of [...missed, ...ahead]) this.#planRun(row, timeMs);
    this.database.run(
      'UPDATE deployment_schedules SET planned_until_ms = ? WHERE id = ?',
      Math.max(plannedMs, ahead.at(-1) ?? nowMs),
      String(row.id),
    );
  }

  /** One run for a deployment and a time, also where two of its schedules ask for it. */
  #planRun(row: Row, timeMs: number): void {
    this.runs.create({
      deploymentName: String(row.name),
      workPoolName: null,
      workQueueName: null,
      name: null,
      jobVariables: {},
      parameters: {},
      tags: ['auto-scheduled'],
      idempotencyKey: `scheduled ${new Date(timeMs).toISOString()}`,
      scheduledForMs: timeMs,
      isAutoScheduled: true,
    });
  }
}

/** The latest time before now that nobody planned. The last hour is looked at first, as it is cheaper than the day. */
function latestMissed(schedule: Schedule, afterMs: number, nowMs: number): readonly number[] {
  for (const fromMs of [Math.max(afterMs, nowMs - AHEAD_MS), afterMs]) {
    const latest = timesOf(schedule, fromMs, nowMs, Number.MAX_SAFE_INTEGER).at(-1);
    if (latest !== undefined) return [latest];
  }
  return [];
}
