import { setMaxListeners } from 'node:events';
import { type Clock, type Logger, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { EcsTask } from '../../aws/ecs-api.js';
import type { EcsEventsPulse } from '../../ecs-parts.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { BoundedMap } from '../../utilities/bounded-map.js';
import type { ObservedEnd } from '../diagnosis/task-end.js';
import { SharedTexts } from './kept-task.js';
import { WatchGroup, type WatchGroupParts } from './watch-group.js';
import { type TaskEventFacts, type TaskWatch, WatchedTask, type WatchOrder } from './watched-task.js';

const KEPT_EARLY_EVENTS = 2_000;
const KEPT_ENDED_TASKS = 10_000;
const KEPT_ENDED_MS = 15 * 60_000;

/** What the watches of one watcher share. */
interface WatchOwner {
  readonly logger: Logger;
  readonly close: (watch: OpenWatch, isEnd: boolean) => void;
}

/** The promise of one watch. An object rather than functions that share variables: thousands of them exist for hours. */
class OpenWatch implements TaskWatch {
  task!: WatchedTask;

  constructor(
    readonly group: WatchGroup,
    private readonly owner: WatchOwner,
    private readonly resolve: (end: ObservedEnd) => void,
    private readonly reject: (reason: unknown) => void,
  ) {}

  /** The signal of the order is aborted. */
  handleEvent(): void {
    this.stop(this.task.order.signal.reason);
  }

  stop(reason: unknown): void {
    this.owner.close(this, false);
    this.reject(reason);
  }

  hasten(): void {
    this.group.hasten(this.task);
  }

  ended(_task: WatchedTask, end: ObservedEnd): void {
    this.owner.close(this, true);
    this.resolve(end);
  }

  failed({ order: { taskArn } }: WatchedTask, error: unknown): void {
    this.owner.logger.warn('Reporting a change of a task failed', { taskArn, error });
  }
}

/** Watches all tasks of a worker. */
@injectable()
export class TaskWatcher {
  readonly #groups = new Map<string, WatchGroup>();
  /** Nearly always one. */
  readonly #byArn = new Map<string, readonly OpenWatch[]>();
  readonly #texts = new SharedTexts();
  /** Events about tasks that are not watched yet: an event can arrive before the response to the launch. */
  readonly #early = new BoundedMap<string, { readonly task: EcsTask; readonly event: TaskEventFacts }>(
    KEPT_EARLY_EVENTS,
  );
  /** Tasks that ended under watch, with the monotonic milliseconds of it: their events may come later than that. */
  readonly #ended = new BoundedMap<string, number>(KEPT_ENDED_TASKS);
  readonly #closing = new AbortController();

  private readonly parts: WatchGroupParts;
  readonly #owner: WatchOwner;

  constructor(
    @inject(ECS_TOKENS.Settings) settings: EcsSettings,
    @inject(TOKENS.Clock) clock: Clock,
    @inject(TOKENS.Meter) meter: Meter,
    @inject(TOKENS.Logger) logger: Logger,
    @inject(ECS_TOKENS.EventsPulse) pulse: EcsEventsPulse,
  ) {
    this.parts = { settings, clock, meter, logger, pulse };
    this.#owner = { logger, close: (watch, isEnd) => this.#close(watch, isEnd) };
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
    const { clients, cluster, taskArn, launchedAtMs, initial, onChange, onPast, needsTags } = order;
    // Not by a rest element, whose object takes four times the memory.
    const kept = { clients, cluster, taskArn, launchedAtMs, onChange, onPast, needsTags, signal };
    return new Promise((resolve, reject) => {
      const { parts } = this;
      const watch = new OpenWatch(this.#groupOf(order), this.#owner, resolve, reject);
      const watched = new WatchedTask(kept, parts.clock, watch, this.#texts);
      watch.task = watched;
      // The runs of a host can share one signal.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', watch, { once: true });
      this.#byArn.set(order.taskArn, [...(this.#byArn.get(order.taskArn) ?? []), watch]);
      this.#report();
      void this.#begin(watch, initial);
    });
  }

  /**
   * Requests the stop of a watched task repeatedly as long as it is running. Its end then has `stopRequested`. False:
   * it is not watched here.
   */
  orderStop(taskArn: string, reason: string): boolean {
    const watches = this.#byArn.get(taskArn) ?? [];
    for (const watch of watches) {
      watch.task.stopReason ??= reason;
      watch.task.stopOrderedAtMs = this.parts.clock.monotonicMs();
      watch.hasten();
    }
    return watches.length > 0;
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
    const watches = this.#byArn.get(task.taskArn ?? '') ?? [];
    const nowMs = this.parts.clock.monotonicMs();
    await Promise.all(watches.map((each) => takeEvent(each.task, task, nowMs, event)));
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
    for (const watch of [...this.#byArn.values()].flat()) watch.stop(reason);
  }

  dispose(): void {
    this.close();
  }

  #rememberEnd(taskArn: string): void {
    const nowMs = this.parts.clock.monotonicMs();
    this.#ended.dropStale((endedAtMs) => endedAtMs < nowMs - KEPT_ENDED_MS);
    this.#ended.set(taskArn, nowMs);
  }

  /** Forgets a watch that is over. */
  #close(watch: OpenWatch, isEnd: boolean): void {
    const { group, task } = watch;
    const { order } = task;
    order.signal.removeEventListener('abort', watch);
    group.remove(task);
    const others = (this.#byArn.get(order.taskArn) ?? []).filter((each) => each !== watch);
    if (others.length > 0) this.#byArn.set(order.taskArn, others);
    else this.#byArn.delete(order.taskArn);
    if (group.size === 0) this.#groups.delete(groupKey(order));
    this.#report();
    if (isEnd) this.#rememberEnd(order.taskArn);
  }

  async #begin(watch: OpenWatch, initial: EcsTask | null): Promise<void> {
    const { task: watched, group } = watch;
    const early = this.#early.get(watched.order.taskArn);
    if (early) this.#early.delete(watched.order.taskArn);
    if (initial?.lastStatus && initial.lastStatus !== 'STOPPED')
      await watched.take(initial, this.parts.clock.monotonicMs(), null);
    watched.seenAtMs = null;
    if (early) await takeEvent(watched, early.task, this.parts.clock.monotonicMs(), early.event);
    if (!watched.isSettled && this.#byArn.get(watched.order.taskArn)?.includes(watch)) group.add(watched);
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

function groupKey(order: Pick<WatchOrder, 'clients' | 'cluster'>): string {
  return `${order.clients.key} ${order.cluster}`;
}

async function takeEvent(watched: WatchedTask, task: EcsTask, nowMs: number, event: TaskEventFacts): Promise<void> {
  if (task.lastStatus === 'STOPPED' || task.lastStatus === 'DELETED') watched.hintEnd(event, nowMs);
  else await watched.take(task, nowMs, event);
}
