import type { Clock, Logger, Meter } from '@worker-host/core';
import type { EcsApi, EcsTask } from '../../aws/ecs-api.js';
import { awsErrorFacts } from '../../aws/errors/aws-error-facts.js';
import type { EcsEventsPulse } from '../../ecs-parts.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { timeMs } from '../diagnosis/task-phases.js';
import { expiredLimit, stopReasonOfLimit, untilLimitMs } from '../diagnosis/time-limits.js';
import { describeApart } from './describe-apart.js';
import { DESCRIBE_BATCH, isEnding, isGone, nextLookMs } from './look-policy.js';
import type { WatchedTask } from './watched-task.js';

const BATCHES_AT_ONCE = 8;
const PAUSE_BETWEEN_ROUNDS_MS = 500;
const LONGEST_SLEEP_MS = 5_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;
const BLIND_AFTER_MS = 60_000;
const REFUSED_PAUSE_MS = 5 * 60_000;
const STOP_REPEAT_MS = 5_000;
const HINTED_PAUSE_MS = 1_000;

export interface WatchGroupParts {
  readonly settings: EcsSettings;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly pulse: EcsEventsPulse;
}

/** The tasks of one cluster with one set of credentials, described a hundred at a time. */
export class WatchGroup {
  readonly #tasks = new Set<WatchedTask>();
  #wake: AbortController | null = null;
  #running = false;
  #roundAtMs = Number.NEGATIVE_INFINITY;
  #sleepsUntilMs = Number.POSITIVE_INFINITY;
  #failures = 0;
  #failingSinceMs: number | null = null;
  #lastError: unknown = null;

  constructor(
    readonly cluster: string,
    private readonly ecs: EcsApi,
    private readonly parts: WatchGroupParts,
    private readonly signal: AbortSignal,
  ) {}

  get size(): number {
    return this.#tasks.size;
  }

  /** A problem, if the group has not been able to describe its tasks for a minute; null: none. */
  get blindness(): string | null {
    const { clock } = this.parts;
    if (this.#failingSinceMs === null || clock.monotonicMs() - this.#failingSinceMs < BLIND_AFTER_MS) return null;
    const seconds = Math.round((clock.monotonicMs() - this.#failingSinceMs) / 1000);
    const { name, message } = awsErrorFacts(this.#lastError);
    return `Tasks of cluster ${this.cluster} have not been seen for ${seconds} s (${this.#tasks.size} watched): ${name} ${message}`;
  }

  /** Adds a task. Polls it now, or after the usual delay if the response to its launch described it. */
  add(task: WatchedTask): void {
    const nowMs = this.parts.clock.monotonicMs();
    this.#tasks.add(task);
    if (task.task === null) this.hasten(task);
    else task.nextLookAtMs = nowMs + this.#pauseMs(task, nowMs);
    this.#wakeBy(task.nextLookAtMs);
    if (!this.#running) void this.#run();
  }

  /** Polls a task now, before all others that are due; simultaneous requests share one round. */
  hasten(task: WatchedTask): void {
    task.nextLookAtMs = Number.NEGATIVE_INFINITY;
    this.#wakeBy(this.#earliestRoundMs);
  }

  remove(task: WatchedTask): void {
    this.#tasks.delete(task);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#tasks.size > 0 && !this.signal.aborted) {
      const pauseMs = await this.#round().catch((error: unknown) => this.#failed(error));
      await this.#sleep(pauseMs);
    }
    this.#running = false;
  }

  /** Describes the tasks that are due. Resolves with the delay until the next round. */
  async #round(): Promise<number> {
    const nowMs = this.parts.clock.monotonicMs();
    if (nowMs < this.#earliestRoundMs) return this.#earliestRoundMs - nowMs;
    const batches = this.#dueBatches();
    if (batches.length === 0) return this.#untilNextLookMs();
    this.#roundAtMs = nowMs;
    const outcomes = await Promise.allSettled(batches.map((batch) => this.#look(batch)));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) return this.#failed(failure.reason);
    const [first] = this.#tasks;
    const seesNothing = first !== undefined && [...this.#tasks].every(({ refusal }) => refusal !== null);
    return seesNothing ? this.#failed(first.refusal) : this.#succeeded();
  }

  /**
   * Returns the tasks that are due. A single batch is filled with those due soon, because a full batch costs the same; of
   * several, what does not fill one waits for the next round, half a second later.
   * A task that ECS refuses is omitted until it is due, because finding the refused one costs further calls.
   */
  #dueBatches(): readonly (readonly WatchedTask[])[] {
    const nowMs = this.parts.clock.monotonicMs();
    const isDue = (task: WatchedTask): boolean => task.nextLookAtMs <= nowMs;
    const all = [...this.#tasks].filter((task) => !task.isSettled && (task.refusal === null || isDue(task)));
    const dueCount = all.filter(isDue).length;
    if (dueCount === 0) return [];
    const batchCount = Math.min(BATCHES_AT_ONCE, Math.max(1, Math.floor(dueCount / DESCRIBE_BATCH)));
    if (all.length > batchCount * DESCRIBE_BATCH || dueCount < all.length) {
      all.sort((a, b) => a.nextLookAtMs - b.nextLookAtMs);
    }
    return Array.from({ length: batchCount }, (_, index) =>
      all.slice(index * DESCRIBE_BATCH, (index + 1) * DESCRIBE_BATCH),
    );
  }

  get #earliestRoundMs(): number {
    return this.#roundAtMs + PAUSE_BETWEEN_ROUNDS_MS;
  }

  #wakeBy(atMs: number): void {
    if (atMs < this.#sleepsUntilMs) this.#wake?.abort();
  }

  #untilNextLookMs(): number {
    const nowMs = this.parts.clock.monotonicMs();
    let nextMs = nowMs + LONGEST_SLEEP_MS;
    for (const { nextLookAtMs } of this.#tasks) nextMs = Math.min(nextMs, nextLookAtMs);
    return Math.max(1, nextMs - nowMs);
  }

  async #look(batch: readonly WatchedTask[]): Promise<void> {
    const taskArns = [...new Set(batch.map(({ order }) => order.taskArn))];
    const include = batch.some(({ lacksTags }) => lacksTags) ? (['TAGS'] as const) : [];
    const { tasks, refused } = await describeApart((some) => this.#describe(some, include), taskArns);
    const byArn = new Map(tasks.map((task) => [task.taskArn, task]));
    const nowMs = this.parts.clock.monotonicMs();
    for (const watched of batch) {
      const task = byArn.get(watched.order.taskArn);
      if (task) this.#seen(watched, task, nowMs);
      else if (refused.has(watched.order.taskArn)) this.#refused(watched, refused.get(watched.order.taskArn), nowMs);
      else this.#missing(watched, nowMs);
    }
  }

  /** ECS reports neither that the task exists nor that it does not, so nothing is concluded. */
  #refused(watched: WatchedTask, error: unknown, nowMs: number): void {
    watched.refusal = error;
    watched.nextLookAtMs = nowMs + REFUSED_PAUSE_MS;
    this.parts.meter.count('ecs_watch_refusals_total', { cluster: this.cluster });
    const { taskArn } = watched.order;
    this.parts.logger.warn('ECS refuses to describe a task; retrying', { taskArn, error });
  }

  /** A cluster that does not exist has no tasks: its tasks count as missing. */
  async #describe(tasks: readonly string[], include: readonly 'TAGS'[]): Promise<readonly EcsTask[]> {
    try {
      const answer = await this.ecs.describeTasks(
        { cluster: this.cluster, tasks, include },
        { signal: this.signal, priority: 'watch' },
      );
      return answer.tasks;
    } catch (error) {
      if (awsErrorFacts(error).name === 'ClusterNotFoundException') return [];
      throw error;
    }
  }

  #seen(watched: WatchedTask, task: EcsTask, nowMs: number): void {
    if (task.lastStatus === 'STOPPED' && watched.isNews(task)) {
      const stoppedAtMs = timeMs(task.stoppedAt);
      const foundAfterMs = stoppedAtMs === null ? null : this.parts.clock.nowMs() - stoppedAtMs;
      this.parts.pulse.foundByPolling(nowMs, foundAfterMs);
    }
    watched.refusal = null;
    void watched.take(task, nowMs, null);
    watched.nextLookAtMs = nowMs + this.#pauseMs(watched, nowMs);
    this.#enforceLimits(watched, task);
    this.#enforceStop(watched, task, nowMs);
  }

  #missing(watched: WatchedTask, nowMs: number): void {
    watched.refusal = null;
    watched.missingSinceMs ??= nowMs;
    watched.missingLooks += 1;
    watched.nextLookAtMs = nowMs + this.#pauseMs(watched, nowMs);
    const isOwnLaunch = watched.order.launchedAtMs !== null;
    const missingForMs = nowMs - watched.missingSinceMs;
    const gone = isGone({
      launchedAgoMs: isOwnLaunch ? nowMs - watched.watchedSinceMs : null,
      seenAgoMs: watched.seenAtMs === null ? null : nowMs - watched.seenAtMs,
      missingForMs,
      looks: watched.missingLooks,
    });
    if (gone) watched.giveUp(missingForMs);
  }

  #pauseMs(watched: WatchedTask, nowMs: number): number {
    const { settings, pulse } = this.parts;
    const { task, launchedAtMs, watchedSinceMs, changedAtMs } = watched;
    const runningForMs = this.#runningForMs(watched);
    const lookMs = nextLookMs({
      task,
      isStopping: watched.stopReason !== null,
      ageMs: Math.max(nowMs - watchedSinceMs, runningForMs),
      sinceChangeMs: Math.max(nowMs - changedAtMs, runningForMs),
      eventsProveAlive: pulse.provesAlive(nowMs),
      watchedTasks: this.#tasks.size,
    });
    if (nowMs < watched.endHintUntilMs) return Math.min(lookMs, HINTED_PAUSE_MS);
    if (task === null) return lookMs;
    return Math.min(lookMs, untilLimitMs(task, launchedAtMs, this.parts.clock.nowMs(), settings));
  }

  /** Many adopted tasks are not new. A few that one call describes are polled often: they may have no events here. */
  #runningForMs({ task, order }: WatchedTask): number {
    if (this.#tasks.size <= DESCRIBE_BATCH || order.launchedAtMs !== null || task?.lastStatus !== 'RUNNING') return 0;
    const nowMs = this.parts.clock.nowMs();
    return nowMs - (timeMs(task.startedAt) ?? nowMs);
  }

  #enforceLimits(watched: WatchedTask, task: EcsTask): void {
    const limit = expiredLimit(task, watched.launchedAtMs, this.parts.clock.nowMs(), this.parts.settings);
    if (!limit) return;
    watched.expired = limit;
    this.#stop(watched, stopReasonOfLimit(limit));
  }

  /** A stop request can be lost, or reach ECS before the task is known there. */
  #enforceStop(watched: WatchedTask, task: EcsTask, nowMs: number): void {
    const { stopReason, stopOrderedAtMs } = watched;
    if (stopReason === null || isEnding(task) || nowMs - stopOrderedAtMs < STOP_REPEAT_MS) return;
    watched.stopOrderedAtMs = nowMs;
    this.#stop(watched, stopReason);
  }

  #stop({ order: { taskArn } }: WatchedTask, reason: string): void {
    this.parts.meter.count('ecs_watch_stop_orders_total');
    this.ecs
      .stopTask({ cluster: this.cluster, task: taskArn, reason }, { signal: this.signal, priority: 'stop' })
      .catch((error: unknown) => {
        if (this.signal.aborted) return;
        this.parts.logger.warn('Stopping the task failed; retrying while it is seen running', {
          taskArn,
          reason,
          error,
        });
      });
  }

  #succeeded(): number {
    if (this.#failingSinceMs !== null) {
      const blindSeconds = Math.round((this.parts.clock.monotonicMs() - this.#failingSinceMs) / 1000);
      this.parts.logger.info('Describing tasks succeeded again', { cluster: this.cluster, blindSeconds });
    }
    this.#failures = 0;
    this.#failingSinceMs = null;
    this.parts.meter.gauge('ecs_watch_blind', 0, { cluster: this.cluster });
    return PAUSE_BETWEEN_ROUNDS_MS;
  }

  #failed(error: unknown): number {
    if (this.signal.aborted) return 0;
    if (this.#failingSinceMs === null) {
      this.#failingSinceMs = this.parts.clock.monotonicMs();
      this.parts.logger.warn('Describing tasks failed; retrying until it succeeds', {
        cluster: this.cluster,
        error,
      });
    }
    this.#lastError = error;
    this.#failures += 1;
    this.parts.meter.count('ecs_watch_failures_total', { cluster: this.cluster });
    if (this.blindness) this.parts.meter.gauge('ecs_watch_blind', 1, { cluster: this.cluster });
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(10, this.#failures - 1));
    return ceilingMs * (0.5 + this.parts.clock.random() / 2);
  }

  async #sleep(ms: number): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    this.#sleepsUntilMs = this.parts.clock.monotonicMs() + ms;
    const stop = (): void => wake.abort();
    this.signal.addEventListener('abort', stop, { once: true });
    if (this.signal.aborted) stop();
    await this.parts.clock.sleep(ms, wake.signal).catch(() => {});
    this.signal.removeEventListener('abort', stop);
    this.#wake = null;
  }
}
