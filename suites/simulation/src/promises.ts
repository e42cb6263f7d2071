import { isActiveStateType, isFinalStateType, type JsonObject, type StateType } from '@worker-host/core';
import { parseStartedBy } from '@worker-host/ecs';
import type { FakePool } from '@worker-host/testing';
import type { TaskView } from '@worker-host/testing/local-aws';
import type { Plan, PlannedRun } from './plan.js';
import type { SimProcess } from './process.js';
import type { SimClock } from './sim-clock.js';
import { Violation } from './violation.js';

const LEASE_MS = 15_000;
/** After the last disturbance: a lease, a search for interrupted runs, and what their answers take. */
const SETTLED_MS = LEASE_MS + 25_000;
/** A run whose job has ended without a word is offered again only after a grace period. */
const REPORT_GRACE_MS = 125_000;
const STOPPED_WITHIN_MS = 60_000;
/** Until a worker has seen that a task has stopped, and has reported it. */
const REPORTED_WITHIN_MS = 60_000;
/** A run that another made final: seen so by two comparisons of runs and infrastructure. */
const STOPPED_FROM_OUTSIDE_MS = 180_000;
const CHECK_EVERY_MS = 5000;
/** The default of `--death-limit`. */
const DEATH_LIMIT = 3;
/** Faults by which a run may lose its owner. */
const LOSSES: readonly string[] = ['crash', 'pause', 'partition', 'slow'];

/** Faults by which a worker may lose a run whose job has reported a crash. */
const LOSES_REPORTS: readonly string[] = [...LOSSES, 'stop'];

/** Faults by which a worker may own other runs than it knows of. */
const CONFUSIONS: readonly string[] = [...LOSSES, 'lost-answer', 'double'];

/** One execution of the code of a run. */
export interface Execution {
  readonly flowRunId: string;
  exitCode: number | null;
}

/** What the promises are judged from. */
export interface Evidence {
  readonly plan: Plan;
  readonly clock: SimClock;
  readonly pool: FakePool;
  readonly executions: readonly Execution[];
  tasks(): readonly TaskView[];
  /** When anything last went wrong. */
  disturbedMs(): number;
  /** When a worker was last cut off from the control plane, or will be until. */
  lastCutMs(worker: number): number;
  isAnyCut(): boolean;
  log(line: string): void;
}

/** The promises of the worker host, each checked when something happens that could break it. */
export class Promises {
  /** The first that was broken. Null: none was. */
  broken: Violation | null = null;
  readonly #owners = new Map<string, SimProcess>();
  /** When each run was taken over last. */
  readonly #takenOverAtMs = new Map<string, number>();
  readonly #cancelledAtMs = new Map<string, number>();
  readonly #endedFromOutsideAtMs = new Map<string, number>();
  /** The process that had each run when its job was stopped and reported a crash. Null: none. */
  readonly #crashReported = new Map<string, SimProcess | null>();
  /** When a job last reported a crash. */
  #crashReportedMs = Number.NEGATIVE_INFINITY;
  readonly #taskArns = new Map<string, string>();

  constructor(private readonly evidence: Evidence) {}

  claimed(process: SimProcess, flowRunId: string): void {
    this.#owners.set(flowRunId, process);
    this.evidence.log(`${process.name} claims ${flowRunId}`);
    const claimed = this.evidence.plan.runs.filter(({ id }) =>
      isActive(this.evidence.pool.run(id)?.stateType ?? null),
    ).length;
    const limit = this.evidence.plan.poolLimit;
    if (limit !== null && claimed > limit) this.break('limits', `${claimed} runs are active, the limit is ${limit}`);
    if (this.evidence.pool.attempts(flowRunId) > 1) this.break('one-attempt', `${flowRunId} was claimed a second time`);
  }

  /**
   * A worker has heard that a claim of its was granted; where nothing confuses it, it has no more than it may. Its limit
   * prevents no take-over, so runs that it took over after it had sent the claim do not count.
   */
  heldByClaim(process: SimProcess, sentMs: number): void {
    const { faults, runs, workerLimit } = this.evidence.plan;
    if (faults.some((fault) => 'worker' in fault && fault.worker === process.worker && CONFUSIONS.includes(fault.kind)))
      return;
    const held = runs.filter(
      ({ id }) =>
        this.#owners.get(id) === process &&
        (this.#takenOverAtMs.get(id) ?? Number.NEGATIVE_INFINITY) < sentMs &&
        isActive(this.evidence.pool.run(id)?.stateType ?? null),
    );
    if (workerLimit !== null && held.length > workerLimit)
      this.break('limits', `${process.name} has ${held.length} runs, its limit is ${workerLimit}`);
  }

  /** A run has another owner; the one before must have been unable to keep it. */
  takenOver(process: SimProcess, flowRunId: string): void {
    this.evidence.log(`${process.name} takes over ${flowRunId}`);
    const before = this.#owners.get(flowRunId);
    this.#owners.set(flowRunId, process);
    this.#takenOverAtMs.set(flowRunId, this.evidence.clock.monotonicMs());
    if (before === undefined || before === process || !before.isAlive) return;
    const [calmMs, nowMs] = [before.disturbedMs, this.evidence.clock.monotonicMs()];
    if (nowMs - Math.max(calmMs, this.evidence.lastCutMs(before.worker)) > LEASE_MS + 15_000)
      this.break('keeps-its-runs', `${process.name} took ${flowRunId} over from ${before.name}, which was well`);
  }

  /** A take-over took effect, and its answer was lost: the worker has the runs, and does not know of them. */
  takenOverUnheard(process: SimProcess): void {
    const { plan, pool } = this.evidence;
    for (const { id } of plan.runs)
      if (pool.owner(id) === process.orchestrator && this.#owners.get(id) !== process) this.takenOver(process, id);
  }

  /** A run was given up by its owner. */
  released(flowRunId: string): void {
    this.#owners.delete(flowRunId);
  }

  /** A write by a lease; it must not be taken from an old owner. */
  async written(process: SimProcess, flowRunId: string, name: string, write: () => Promise<unknown>): Promise<unknown> {
    const owner = this.evidence.pool.owner(flowRunId);
    const before = this.evidence.pool.run(flowRunId)?.stateName;
    const answer = (await write()) as { readonly status?: string } | undefined;
    const after = this.evidence.pool.run(flowRunId)?.stateName;
    if (before !== after) this.evidence.log(`${process.name}: ${flowRunId} is ${after}`);
    const isTaken = answer?.status === undefined || answer.status === 'ACCEPT';
    if (isTaken && owner !== null && owner !== process.orchestrator)
      this.break('fencing', `${name} of ${process.name} was taken, but ${flowRunId} has another owner`);
    return answer;
  }

  cancelled(flowRunId: string): void {
    this.#cancelledAtMs.set(flowRunId, this.evidence.clock.monotonicMs());
  }

  /** True while a worker may not have seen yet that a job, which has reported its crash, has ended. */
  get awaitsReports(): boolean {
    return this.evidence.clock.monotonicMs() - this.#crashReportedMs < REPORTED_WITHIN_MS;
  }

  /** A job that was stopped reports a crash. */
  crashReported(flowRunId: string): void {
    this.#crashReported.set(flowRunId, this.#owners.get(flowRunId) ?? null);
    this.#crashReportedMs = this.evidence.clock.monotonicMs();
  }

  endedFromOutside(flowRunId: string): void {
    this.#endedFromOutsideAtMs.set(flowRunId, this.evidence.clock.monotonicMs());
  }

  taskMade(task: JsonObject): void {
    const [startedBy, taskArn] = [String(task.startedBy), String(task.taskArn)];
    // The answer to a repeated token names a task that ECS has forgotten by its ARN alone.
    if (task.startedBy === undefined) return;
    const before = this.#taskArns.get(startedBy);
    if (before === taskArn) return;
    this.#taskArns.set(startedBy, taskArn);
    this.evidence.log(`ECS makes a task for ${startedBy} in ${String(task.clusterArn).split('/').at(-1)}`);
    if (before !== undefined) this.break('one-task', `two tasks for ${startedBy}`);
  }

  stopOrdered(task: JsonObject): void {
    const name = parseStartedBy(String(task.startedBy));
    if (name === null) return;
    const { flowRunId } = name;
    this.evidence.log(`ECS is ordered to stop the task of ${flowRunId}`);
    const { stateType = null } = this.evidence.pool.run(flowRunId) ?? {};
    const isWanted = stateType === null || isFinalStateType(stateType) || this.#cancelledAtMs.has(flowRunId);
    if (!isWanted)
      this.break(
        'nothing-alive-is-stopped',
        `the task of ${flowRunId} was ordered to stop, and the run is ${stateType}`,
      );
  }

  /** Promises about time, checked at intervals. */
  watch(): void {
    if (this.broken !== null) return;
    const nowMs = this.evidence.clock.monotonicMs();
    const settledMs = Math.max(this.evidence.disturbedMs(), this.evidence.isAnyCut() ? nowMs : 0) + SETTLED_MS;
    for (const { id } of this.evidence.plan.runs) {
      const run = this.evidence.pool.run(id);
      const endedMs = this.#endedFromOutsideAtMs.get(id);
      if (endedMs !== undefined) this.#checkStopped(id, Math.max(endedMs, settledMs), nowMs, STOPPED_FROM_OUTSIDE_MS);
      if (run === null || run.state === null) continue;
      const sinceMs = Date.parse(run.state.timestamp) - this.evidence.clock.nowMs() + nowMs;
      if (isActive(run.stateType)) this.#checkOwner(id, Math.max(sinceMs, settledMs), nowMs);
      const cancelledMs = this.#cancelledAtMs.get(id);
      if (cancelledMs !== undefined)
        this.#checkStopped(id, Math.max(cancelledMs, settledMs - LEASE_MS), nowMs, STOPPED_WITHIN_MS);
    }
    this.evidence.clock.at(nowMs + CHECK_EVERY_MS, () => this.watch());
  }

  #checkOwner(flowRunId: string, fromMs: number, nowMs: number): void {
    const owner = this.evidence.pool.owner(flowRunId);
    if (owner?.isLiving === true || nowMs - fromMs <= SETTLED_MS + REPORT_GRACE_MS) return;
    this.break(
      'every-run-has-an-owner',
      `${flowRunId} has no living owner for ${Math.round((nowMs - fromMs) / 1000)} s`,
    );
  }

  #checkStopped(flowRunId: string, fromMs: number, nowMs: number, withinMs: number): void {
    if (nowMs - fromMs <= withinMs) return;
    for (const { startedBy, desiredStatus, lastStatus, description } of this.evidence.tasks()) {
      if (desiredStatus !== 'RUNNING' || lastStatus === 'STOPPED') continue;
      if (parseStartedBy(startedBy ?? '')?.flowRunId !== flowRunId) continue;
      const madeMs = Number(description.createdAt ?? 0) * 1000 - this.evidence.clock.nowMs() + nowMs;
      const sinceMs = nowMs - Math.max(fromMs, madeMs);
      if (sinceMs > withinMs)
        this.break(
          'what-is-over-is-stopped',
          `the task of ${flowRunId} still runs ${Math.round(sinceMs / 1000)} s after the end of its run was ordered`,
        );
    }
  }

  /** Whether each run ended as its jobs and its orders say. */
  judgeEnds(): void {
    for (const run of this.evidence.plan.runs) {
      const type = this.evidence.pool.run(run.id)?.stateType ?? null;
      if (type === null || run.outside?.how === type) continue;
      const ended = this.evidence.executions
        .filter(({ flowRunId }) => flowRunId === run.id)
        .map(({ exitCode }) => exitCode);
      const message = `${run.id} ended ${type} (${this.evidence.pool.lastState(run.id)?.message ?? 'no message'}), its job with ${ended.join(', ') || 'nothing'}`;
      if (type === 'CANCELLED' && run.cancelAtMs === null) this.break('true-ends', message);
      if (type === 'CRASHED' && !run.isInterrupted && !this.#isTakenForDeadly(run.id) && !this.#isLeftCrashed(run))
        this.break('never-crashed', message);
      if (type === 'COMPLETED' && !ended.includes(0)) this.break('true-ends', message);
      if (type === 'FAILED' && !ended.some((code) => code !== null && code !== 0)) this.break('true-ends', message);
    }
  }

  /**
   * The crash that a stopped job reports stays where its run was over before, or where the worker that had the run may
   * have lost it before it could report the cancellation: a run that has crashed is offered to nobody.
   */
  #isLeftCrashed({ id, outside }: PlannedRun): boolean {
    const process = this.#crashReported.get(id);
    if (process === undefined) return false;
    if (process === null || outside !== null) return true;
    return this.evidence.plan.faults.some(
      (fault) => 'worker' in fault && fault.worker === process.worker && LOSES_REPORTS.includes(fault.kind),
    );
  }

  /** A run whose owners were lost so often before its launch ends Crashed, whether it was its doing or not. */
  #isTakenForDeadly(flowRunId: string): boolean {
    const losses = this.evidence.plan.faults.filter(({ kind }) => LOSSES.includes(kind)).length;
    return (
      losses >= DEATH_LIMIT &&
      /workers died before launching/.test(this.evidence.pool.lastState(flowRunId)?.message ?? '')
    );
  }

  break(promise: string, message: string): void {
    this.broken ??= new Violation(promise, message);
    this.evidence.log(`BROKEN ${promise}: ${message}`);
  }
}

function isActive(type: StateType | null): boolean {
  return type !== null && isActiveStateType(type);
}
