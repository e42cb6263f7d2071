import type { Schedule } from '../../cli/administration-port.js';
import type { EmbeddedDatabase } from './database.js';
import type { FlowRuns } from './flow-runs.js';
import { numberOf, parseJson } from './rows.js';
import { timesOf } from './schedules.js';

const HORIZON_MS = 24 * 60 * 60_000;
const MOST_AHEAD = 20;

/** Turns schedules into runs, some time ahead. Any number of processes may plan at once: no time is planned twice. */
export class Planner {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly runs: FlowRuns,
    private readonly nowMs: () => number,
  ) {}

  /** Plans what is due to be planned. Times that passed while nobody planned are left out, but for the latest. */
  plan(): void {
    const nowMs = this.nowMs();
    const due = this.database.all(
      `SELECT s.id, s.schedule, s.planned_until_ms, d.name FROM deployment_schedules s
       JOIN deployments d ON d.id = s.deployment_id
       WHERE d.is_paused = 0 AND s.planned_until_ms < ?`,
      nowMs + HORIZON_MS / 2,
    );
    for (const row of due) {
      const schedule = parseJson(row.schedule) as unknown as Schedule;
      const plannedMs = numberOf(row.planned_until_ms) ?? nowMs;
      const missed = timesOf(schedule, Math.max(plannedMs, nowMs - HORIZON_MS), nowMs, 10_000).slice(-1);
      const ahead = timesOf(schedule, Math.max(plannedMs, nowMs), nowMs + HORIZON_MS, MOST_AHEAD);
      const times = [...missed, ...ahead];
      const untilMs = ahead.length === MOST_AHEAD ? (ahead.at(-1) ?? nowMs) : nowMs + HORIZON_MS;
      for (const timeMs of times) this.#planRun(String(row.name), String(row.id), timeMs);
      this.database.run(
        'UPDATE deployment_schedules SET planned_until_ms = max(planned_until_ms, ?) WHERE id = ?',
        untilMs,
        String(row.id),
      );
    }
  }

  #planRun(deploymentName: string, scheduleId: string, timeMs: number): void {
    this.runs.create({
      deploymentName,
      workPoolName: null,
      workQueueName: null,
      name: null,
      jobVariables: {},
      parameters: {},
      tags: ['auto-scheduled'],
      idempotencyKey: `${scheduleId} ${new Date(timeMs).toISOString()}`,
      scheduledForMs: timeMs,
      isAutoScheduled: true,
    });
  }
}
