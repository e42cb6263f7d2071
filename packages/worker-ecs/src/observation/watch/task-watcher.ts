import { setMaxListeners } from 'node:events';
import { type Clock, type Logger, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { EcsTask } from '../../aws/ecs-api.js';
import type { EcsEventsPulse } from '../../ecs-parts.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { BoundedMap } from '../../utilities/bounded-map.js';
import type { ObservedEnd } from '../diagnosis/task-end.js';
import { WatchGroup, type WatchGroupParts } from './watch-group.js';
import { type TaskEventFacts, WatchedTask, type WatchOrder } from './watched-task.js';

const KEPT_EARLY_EVENTS = 2_000;
const KEPT_ENDED_TASKS = 10_000;
const KEPT_ENDED_MS = 15 * 60_000;

/** Watches all tasks of a worker. */
@injectable()
export class TaskWatcher {
  readonly #groups = new Map<string, WatchGroup>();
  readonly #byArn = new Map<string, Set<WatchedTask>>();
  /** Events about tasks that are not watched yet: an event can arrive before the response to the launch. */
  readonly #early = new BoundedMap<string, { readonly task: EcsTask; readonly event: TaskEventFacts }>(
    KEPT_EARLY_EVENTS,
  );
  /** Tasks that ended under watch, with the monotonic milliseconds of it: their events may come later than that. */
  readonly #ended = new BoundedMap<string, number>(KEPT_ENDED_TASKS);
  /** Ends each watch with a reason. A listener each on one signal would cost more the more tasks are watched. */
  readonly #open = new Set<(reason: unknown) => void>();
  readonly #closing = new AbortController();

  private readonly parts: WatchGroupParts;

  constructor(
    @inject(ECS_TOKENS.Settings) settings: EcsSettings,
    @inject(TOKENS.Clock) clock: Clock,
    @inject(TOKENS.Meter) meter: Meter,
    @inject(TOKENS.Logger) logger: Logger,
    @inject(ECS_TOKENS.EventsPulse) pulse: EcsEventsPulse,
  ) {
    this.parts = { settings, clock, meter, logger, pulse };
    // The calls of every group listen to it, and each removes its listener.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Number of watched tasks. */
  get size(): number {
    return this.#byArn.size;
  }

  /** One problem per group that cannot describe its tasks; empty if there is none. */
  get problems(): readonly string[] {
    return [...this.#groups.values()].flatMap(({ blindness }) => (blindness === null ? [] : [blindness]));
  }

  /** Resolves with the end of the task; rejects with the reason when the signal is aborted or the watcher closed. */
  watch(order: WatchOrder): Promise<ObservedEnd> {
    const { signal } = order;
    const stopped = [signal, this.#closing.signal].find(({ aborted }) => aborted);
    if (stopped) return Promise.reject(stopped.reason);
    return new Promise((resolve, reject) => {
      const { clock, logger } = this.parts;
      const group = this.#groupOf(order);
      const forget = () => {
        signal.removeEventListener('abort', onAbort);
        this.#open.delete(stop);
        group.remove(watched);
        this.#forget(watched);
        if (group.size === 0) this.#groups.delete(groupKey(order));
        this.#report();
      };
      const stop = (reason: unknown) => {
        forget();
        reject(reason);
      };
      const onAbort = () => stop(signal.reason);
      const settle = (end: ObservedEnd) => {
        forget();
        this.#rememberEnd(order.taskArn);
        resolve(end);
      };
      const watched = new WatchedTask(order, clock, settle, (error) => {
        logger.warn('Reporting a change of a task failed', { taskArn: order.taskArn, error });
      });
      watched.hasten = () => group.hasten(watched);
      // The runs of a host can share one signal.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#open.add(stop);
      this.#byArn.set(order.taskArn, (this.#byArn.get(order.taskArn) ?? new Set()).add(watched));
      this.#report();
      void this.#begin(watched, group);
    });
  }

  /**
   * Requests the stop of a watched task repeatedly as long as it is running. Its end then has `stopRequested`. False:
   * it is not watched here.
   */
  orderStop(taskArn: string, reason: string): boolean {
    const watched = [...(this.#byArn.get(taskArn) ?? [])];
    for (const task of watched) {
      task.stopReason ??= reason;
      task.stopOrderedAtMs = this.parts.clock.monotonicMs();
      task.hasten();
    }
    return watched.length > 0;
  }

  /** Returns whether the task is watched here. */
  isWatched(taskArn: string): boolean {
    return this.#byArn.has(taskArn);
  }

  /** True when the task is watched here, or ended under watch in the last 15 minutes, as one of the last 10,000. */
  knows(taskArn: string): boolean {
    return this.isWatched(taskArn) || this.#ended.has(taskArn);
  }

  /**
   * Applies an event, and resolves when all callbacks have been called. A stopped task is always confirmed by ECS,
   * never by the event alone.
   */
  async apply(task: EcsTask, event: TaskEventFacts): Promise<void> {
    const watched = [...(this.#byArn.get(task.taskArn ?? '') ?? [])];
    const nowMs = this.parts.clock.monotonicMs();
    await Promise.all(watched.map((each) => takeEvent(each, task, nowMs, event)));
  }

  /** Keeps an event about a task that is not watched yet. */
  keepEarly(task: EcsTask, event: TaskEventFacts): void {
    if (task.taskArn === undefined) return;
    const known = this.#early.get(task.taskArn);
    if ((known?.task.version ?? 0) <= (task.version ?? 0)) this.#early.set(task.taskArn, { task, event });
  }

  /** Stops watching; the tasks continue running. Safe to call twice. */
  close(reason: unknown = new Error('The watcher was closed')): void {
    this.#closing.abort(reason);
    for (const stop of [...this.#open]) stop(reason);
  }

  dispose(): void {
    this.close();
  }

  #rememberEnd(taskArn: string): void {
    const nowMs = this.parts.clock.monotonicMs();
    this.#ended.dropStale((endedAtMs) => endedAtMs < nowMs - KEPT_ENDED_MS);
    this.#ended.set(taskArn, nowMs);
  }

  async #begin(watched: WatchedTask, group: WatchGroup): Promise<void> {
    const { initial } = watched.order;
    const early = this.#early.get(watched.order.taskArn);
    if (early) this.#early.delete(watched.order.taskArn);
    if (initial?.lastStatus && initial.lastStatus !== 'STOPPED')
      await watched.take(initial, this.parts.clock.monotonicMs(), null);
    watched.seenAtMs = null;
    if (early) await takeEvent(watched, early.task, this.parts.clock.monotonicMs(), early.event);
    if (!watched.isSettled && this.#byArn.get(watched.order.taskArn)?.has(watched)) group.add(watched);
  }

  #forget(watched: WatchedTask): void {
    const { taskArn } = watched.order;
    const others = this.#byArn.get(taskArn);
    others?.delete(watched);
    if (others?.size === 0) this.#byArn.delete(taskArn);
  }

  #groupOf(order: WatchOrder): WatchGroup {
    const key = groupKey(order);
    const known = this.#groups.get(key);
    if (known) return known;
    const made = new WatchGroup(order.cluster, order.clients.ecs, this.parts, this.#closing.signal);
    this.#groups.set(key, made);
    return made;
  }

  #report(): void {
    this.parts.meter.gauge('ecs_tasks_watched', this.#byArn.size);
  }
}

function groupKey(order: WatchOrder): string {
  return `${order.clients.key} ${order.cluster}`;
}

async function takeEvent(watched: WatchedTask, task: EcsTask, nowMs: number, event: TaskEventFacts): Promise<void> {
  if (task.lastStatus === 'STOPPED' || task.lastStatus === 'DELETED') watched.hintEnd(event, nowMs);
  else await watched.take(task, nowMs, event);
}
