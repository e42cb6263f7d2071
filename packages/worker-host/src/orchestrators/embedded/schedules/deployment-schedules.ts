import { randomUUID } from 'node:crypto';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { parseJson, timeText } from '../database/rows.js';
import { AlreadyExistsError, NotFoundError } from '../embedded-errors.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Schedule, ScheduleView } from './schedule-types.js';
import { assertSchedule, startsOf } from './schedules.js';

/** Maximum time of JavaScript: paused until resumed. */
const FOR_EVER_MS = 8.64e15;
const FARTHEST_MS = 5 * 366 * 86_400_000;

/** The schedules of deployments, and until when they are paused. */
export class DeploymentSchedules {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly limits: RunLimits,
    private readonly nowMs: () => number,
  ) {}

  /** Returns them in order. */
  list(deploymentId: string): readonly Schedule[] {
    return this.#rows(deploymentId).map(scheduleOf);
  }

  /** @param nextTimes number of future times to compute. */
  views(deployment: { readonly id: string; readonly name: string; readonly isPaused: boolean }, nextTimes: number) {
    return this.#rows(deployment.id).map((row, index): ScheduleView => {
      // Null is 0: in the past.
      const pausedMs = Number(row.paused_until_ms);
      const isPaused = deployment.isPaused || pausedMs > this.nowMs();
      const isForGood = deployment.isPaused || pausedMs === FOR_EVER_MS;
      const schedule = scheduleOf(row);
      const next = isForGood ? { times: [], problem: null } : this.#next(row, schedule, pausedMs, nextTimes);
      return {
        deploymentName: deployment.name,
        number: index + 1,
        schedule,
        isPaused,
        pausedUntil: isPaused && !isForGood ? timeText(pausedMs) : null,
        nextTimes: next.times,
        problem: next.problem,
      };
    });
  }

  /** Replaces all schedules of a deployment. Runs planned by the old ones are deleted. */
  replace(deploymentId: string, schedules: readonly Schedule[]): void {
    for (const row of this.#rows(deploymentId)) this.#delete(deploymentId, row);
    this.dropPlannedRuns(deploymentId);
    for (const schedule of schedules) this.add(deploymentId, schedule);
  }

  /** @throws AlreadyExistsError, PoolInputError */
  add(deploymentId: string, schedule: Schedule): void {
    assertSchedule(schedule);
    const { name, overlap = 'allow' } = schedule;
    if (name !== undefined && this.list(deploymentId).some((other) => other.name === name))
      throw new AlreadyExistsError('schedule', name);
    const id = randomUUID();
    this.database.run(
      `INSERT INTO deployment_schedules (id, deployment_id, position, schedule, planned_until_ms)
       VALUES (?, ?, (SELECT coalesce(max(position), -1) + 1 FROM deployment_schedules WHERE deployment_id = ?), ?, ?)`,
      id,
      deploymentId,
      deploymentId,
      JSON.stringify(schedule),
      this.nowMs(),
    );
    if (overlap !== 'allow')
      this.limits.setOwn({ deploymentId, scheduleId: id }, { most: 1, onLimit: overlap, rate: null });
  }

  /** @param which name or number. @throws NotFoundError */
  delete(deploymentId: string, which: string): void {
    this.#delete(deploymentId, this.#find(deploymentId, which));
    this.#replan(deploymentId);
  }

  /**
   * Pauses one schedule, or all, until a time; null: until resumed. Planned runs are deleted; missed times are not made
   * up for.
   *
   * @param which name or number; null: all of the deployment. @throws NotFoundError
   */
  pause(deploymentId: string, which: string | null, untilMs: number | null): void {
    this.#setPause(deploymentId, which, untilMs ?? FOR_EVER_MS);
  }

  /** @param which name or number; null: all of the deployment. @throws NotFoundError */
  resume(deploymentId: string, which: string | null): void {
    this.#setPause(deploymentId, which, null);
  }

  /** Plans again from now on; planned runs are deleted. */
  restart(deploymentId: string): void {
    this.dropPlannedRuns(deploymentId);
    this.#replan(deploymentId);
  }

  dropPlannedRuns(deploymentId: string): void {
    this.database.run(
      `DELETE FROM flow_runs WHERE deployment_id = ? AND state_type = 'SCHEDULED' AND auto_scheduled = 1`,
      deploymentId,
    );
  }

  #setPause(deploymentId: string, which: string | null, untilMs: number | null): void {
    const rows = which === null ? this.#rows(deploymentId) : [this.#find(deploymentId, which)];
    for (const { id } of rows) {
      this.database.run('UPDATE deployment_schedules SET paused_until_ms = ? WHERE id = ?', untilMs, String(id));
      this.#dropPlannedRunsOf(deploymentId, String(id));
    }
    this.#replan(deploymentId);
  }

  #delete(deploymentId: string, { id }: Row): void {
    this.#dropPlannedRunsOf(deploymentId, String(id));
    this.limits.setOwn({ deploymentId, scheduleId: String(id) }, null);
    this.database.run('DELETE FROM deployment_schedules WHERE id = ?', String(id));
  }

  #dropPlannedRunsOf(deploymentId: string, scheduleId: string): void {
    this.database.run(
      `DELETE FROM flow_runs WHERE deployment_id = ? AND state_type = 'SCHEDULED' AND schedule_id = ?`,
      deploymentId,
      scheduleId,
    );
  }

  /** A deleted run may also have been one of another schedule: each schedule plans again what it lacks. */
  #replan(deploymentId: string): void {
    this.database.run(
      'UPDATE deployment_schedules SET planned_until_ms = max(?, coalesce(paused_until_ms, 0)) WHERE deployment_id = ?',
      this.nowMs(),
      deploymentId,
    );
  }

  #next(
    row: Row,
    schedule: Schedule,
    pausedMs: number,
    most: number,
  ): { times: readonly string[]; problem: string | null } {
    const fromMs = Math.max(this.nowMs(), pausedMs);
    try {
      const starts = startsOf(String(row.id), schedule, fromMs, fromMs + FARTHEST_MS, most);
      return { times: starts.map(({ startMs }) => new Date(startMs).toISOString()), problem: null };
    } catch (error) {
      return { times: [], problem: error instanceof Error ? error.message : String(error) };
    }
  }

  #find(deploymentId: string, which: string): Row {
    const rows = this.#rows(deploymentId);
    const names = rows.map((row, index) => scheduleOf(row).name ?? String(index + 1));
    const found = rows[names.indexOf(which)] ?? (/^[1-9]\d*$/.test(which) ? rows[Number(which) - 1] : undefined);
    if (found === undefined) throw new NotFoundError('schedule', which, names);
    return found;
  }

  #rows(deploymentId: string): readonly Row[] {
    return this.database.all(
      'SELECT * FROM deployment_schedules WHERE deployment_id = ? ORDER BY position',
      deploymentId,
    );
  }
}

function scheduleOf(row: Row): Schedule {
  return parseJson(row.schedule) as unknown as Schedule;
}
