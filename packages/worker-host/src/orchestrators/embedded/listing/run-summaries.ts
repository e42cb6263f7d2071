import { type FlowRun, isFinalStateType, isJsonObject, type JsonObject } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf, parseObject, SELECT_RUN, textOf, timeText, toFlowRun } from '../database/rows.js';
import { LATE_AFTER_MS, WORKER_OF_RUN } from '../database/run-filter.js';
import type { WorkerListing } from '../leases/worker-listing.js';
import { PoolRoom } from '../limits/pool-room.js';
import type { RunLimits } from '../limits/run-limits.js';
import { exitCodeOf } from '../runs/job-ends.js';
import { arrayOf, type RunArrays } from '../runs/run-arrays.js';
import { OUTPUT_LOGGER } from '../runs/run-logs.js';
import type { StateCounts } from '../runs/run-selection.js';
import { type WaitingReason, WaitingReasons } from './waiting-reasons.js';

const SHORTEST_ID = 8;

/** A run with related data. */
export interface RunSummary extends FlowRun {
  /** Shortest unique prefix of the id, at least eight characters. */
  readonly shortId: string;
  /** Null: a plain command, or its deployment was deleted. */
  readonly deploymentName: string | null;
  /** The worker that owns the run, or owned it last. Null: none yet. */
  readonly workerName: string | null;
  /** More than 15 seconds overdue. */
  readonly isLate: boolean;
  /** When the current state began. */
  readonly stateSince: string | null;
  readonly created: string | null;
  readonly endTime: string | null;
  /** Seconds from its claim to its end, or to now. Null: not claimed yet. */
  readonly durationSeconds: number | null;
  /** Number of the current or last attempt: 1 is the first. 0: not claimed yet. */
  readonly attempt: number;
  /** Null: none, or unknown. */
  readonly exitCode: number | null;
  /** Why the run waits, or failed, in one line. Null: not applicable. */
  readonly reason: string | null;
  readonly waiting: WaitingReason | null;
  /** Place of its current launch. Null: not launched yet. */
  readonly launchPlace: JsonObject | null;
  /** For an array: the number of its runs by state. Null: not an array. */
  readonly arrayCounts: StateCounts | null;
}

/** Reads runs for lists. */
export class RunSummaries {
  readonly #room: PoolRoom;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly workers: WorkerListing,
    private readonly limits: Pick<RunLimits, 'refusal'>,
    private readonly arrays: Pick<RunArrays, 'counts'>,
    private readonly nowMs: () => number,
  ) {
    this.#room = new PoolRoom(database, nowMs);
  }

  /** Returns the existing runs with these ids, in the given order. */
  read(ids: readonly string[]): readonly RunSummary[] {
    return this.database.read(() => {
      const reasons = new WaitingReasons(this.database, this.workers);
      const listed = JSON.stringify(ids);
      const around = this.database.all(
        `SELECT r.*, d.name AS deployment_name FROM
           (SELECT flow_runs.*, ${WORKER_OF_RUN} AS worker_name, listed.key AS position
            FROM flow_runs JOIN json_each(?) AS listed ON listed.value = flow_runs.id) r
         LEFT JOIN deployments d ON d.id = r.deployment_id ORDER BY r.position`,
        listed,
      );
      const runs = this.database
        .all(`${SELECT_RUN} JOIN json_each(?) AS listed ON listed.value = r.id ORDER BY listed.key`, listed)
        .map(toFlowRun);
      const counts = this.arrays.counts(runs.filter((run) => arrayOf(run) !== null).map(({ id }) => id));
      return runs.map((run, index) => {
        return { ...this.#summary(run, around[index] ?? {}, reasons), arrayCounts: counts.get(run.id) ?? null };
      });
    });
  }

  #summary(run: FlowRun, row: Row, reasons: WaitingReasons): Omit<RunSummary, 'arrayCounts'> {
    const nowMs = this.nowMs();
    const endMs = numberOf(row.end_ms);
    const result = typeof row.result === 'string' ? parseObject(row.result) : null;
    const dueMs = numberOf(row.scheduled_ms) ?? nowMs;
    const isDue = run.stateType === 'SCHEDULED' && dueMs <= nowMs;
    const waiting = isDue ? this.#waitingOf(run.id, Number(row.waits_for), reasons.of(String(row.queue_id))) : null;
    return {
      ...run,
      shortId: this.#shortIdOf(run.id),
      deploymentName: textOf(row.deployment_name),
      workerName: textOf(row.worker_name),
      isLate: isDue && dueMs < nowMs - LATE_AFTER_MS,
      stateSince: run.stateType === 'SCHEDULED' ? timeText(dueMs) : (run.state?.timestamp ?? null),
      created: timeText(row.created_ms),
      endTime: timeText(endMs),
      durationSeconds:
        run.stateType === 'SCHEDULED' ? null : secondsBetween(numberOf(row.attempt_started_ms), endMs ?? nowMs),
      attempt: Number(row.attempt),
      exitCode: exitCodeOf(result),
      reason: waiting?.text ?? this.#reasonOf(run, result),
      waiting,
      launchPlace: typeof row.launch_place === 'string' ? parseObject(row.launch_place) : null,
    };
  }

  /** A run without another obstacle can wait for a limit of its deployment, schedule or key, or for room in its pool. */
  #waitingOf(id: string, waitsFor: number, reason: WaitingReason | null): WaitingReason | null {
    if (waitsFor > 0) return { kind: 'run-dependency', text: 'Waits for other runs to end.' };
    const refusal = reason?.kind === 'next-poll' ? (this.limits.refusal(id) ?? this.#room.refusal(id)) : null;
    if (refusal === null) return reason;
    return { kind: 'run-limit', text: `${refusal.charAt(0).toUpperCase()}${refusal.slice(1)}.` };
  }

  #shortIdOf(id: string): string {
    const row = this.database.get(
      'SELECT (SELECT max(id) FROM flow_runs WHERE id < ?) AS before, (SELECT min(id) FROM flow_runs WHERE id > ?) AS after',
      id,
      id,
    );
    const shared = [row?.before, row?.after].map((other) => sharedLength(id, String(other ?? '')));
    return id.slice(0, Math.max(SHORTEST_ID, ...shared.map((length) => length + 1)));
  }

  #reasonOf({ id, stateType, state }: FlowRun, result: JsonObject | null): string | null {
    if (stateType === 'PENDING') return this.#lastLine(id);
    if (stateType === null || !isFinalStateType(stateType) || stateType === 'COMPLETED') return null;
    const diagnosis = result?.diagnosis ?? null;
    const summary = isJsonObject(diagnosis) && stateType !== 'CANCELLED' ? diagnosis.summary : null;
    return typeof summary === 'string' && summary !== '' ? summary : (state?.message ?? null);
  }

  /** Last report of the worker about a run that it launches. */
  #lastLine(flowRunId: string): string | null {
    const row = this.database.get(
      `SELECT message FROM logs WHERE flow_run_id = ? AND name <> ? AND level >= 20 ORDER BY sequence DESC LIMIT 1`,
      flowRunId,
      OUTPUT_LOGGER,
    );
    return textOf(row?.message);
  }
}

function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function secondsBetween(fromMs: number | null, toMs: number): number | null {
  return fromMs === null ? null : Math.max(0, toMs - fromMs) / 1000;
}
