import type { Clock } from '@worker-host/core';
import type { AwsClients } from '../../aws/aws-clients.js';
import type { EcsTask } from '../../aws/ecs-api.js';
import type { ObservedEnd } from '../diagnosis/task-end.js';
import type { ExpiredLimit } from '../diagnosis/time-limits.js';
import { keptTask, SharedTexts } from './kept-task.js';

/** How long ECS can return an older state than an event. */
const END_HINT_MS = 30_000;

/** The event that reported a change. */
export interface TaskEventFacts {
  readonly id: string;
  /** RFC 3339. Null: the event has none. */
  readonly time: string | null;
}

/** A task to watch to its end. */
export interface WatchOrder {
  readonly clients: AwsClients;
  /** Name or ARN. */
  readonly cluster: string;
  readonly taskArn: string;
  /** Milliseconds since the epoch, when this process launched it; null: adopted from an earlier process. */
  readonly launchedAtMs: number | null;
  /** Task in the response to the launch; null: none. */
  readonly initial: EcsTask | null;
  /** Called for every new status, in order; `event` if an event reported it. Its promise is awaited before the next call. */
  onChange(task: EcsTask, event: TaskEventFacts | null): Promise<void> | void;
  /** Called for a status that was skipped, when an event reports it later. */
  onPast?(task: EcsTask, event: TaskEventFacts): void;
  /** False: neither callbacks nor the end need the tags of the task. Default: true. */
  readonly needsTags?: boolean;
  /** When aborted, the task is no longer watched, and the watch rejects with the reason. */
  readonly signal: AbortSignal;
}

/** What a task reports to while it is watched. */
export interface TaskWatch {
  /** Describes the task now rather than later. */
  hasten(task: WatchedTask): void;
  ended(task: WatchedTask, end: ObservedEnd): void;
  /** A callback of the order failed. */
  failed(task: WatchedTask, error: unknown): void;
}

/** Shared, because each watched task starts with it. */
const NOTHING: Promise<void> = Promise.resolve();

/** A watched task. Its times are monotonic milliseconds of the clock unless stated otherwise. */
export class WatchedTask {
  task: EcsTask | null = null;
  seenAtMs: number | null = null;
  changedAtMs: number;
  missingSinceMs: number | null = null;
  missingLooks = 0;
  nextLookAtMs: number;
  expired: ExpiredLimit | null = null;
  /** Why its stop was requested. Null: it was not. */
  stopReason: string | null = null;
  /** The event that reports the stop, which ECS has not confirmed yet. */
  #endHint: TaskEventFacts | null = null;
  /** Until when ECS is polled frequently for the end that an event reported. */
  endHintUntilMs = Number.NEGATIVE_INFINITY;
  /** When the stop was last requested. */
  stopOrderedAtMs = Number.NEGATIVE_INFINITY;
  /** The error with which ECS refuses to describe it. Null: it does not refuse. */
  refusal: unknown = null;
  /** Milliseconds since the epoch: the launch, or for a task of an earlier process the start of the watch. */
  readonly launchedAtMs: number;
  readonly watchedSinceMs: number;
  /** Statuses that were reported. */
  #statuses: readonly (string | undefined)[] = [];
  #telling = NOTHING;
  #settled = false;

  constructor(
    readonly order: Omit<WatchOrder, 'initial'>,
    clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
    private readonly watch: TaskWatch,
    private readonly texts: SharedTexts = new SharedTexts(),
  ) {
    const nowMs = clock.monotonicMs();
    this.launchedAtMs = order.launchedAtMs ?? clock.nowMs();
    this.watchedSinceMs = nowMs;
    this.changedAtMs = nowMs;
    this.nextLookAtMs = nowMs;
  }

  get isSettled(): boolean {
    return this.#settled;
  }

  /** Returns whether the next description needs the tags: they never change, and a stop removes them. */
  get lacksTags(): boolean {
    return (this.order.needsTags ?? true) && this.task?.tags === undefined;
  }

  /** Returns whether the given task is newer than the known one. Events and responses can arrive in any order. */
  isNews(task: EcsTask): boolean {
    const known = this.task;
    if (known === null) return true;
    if (known.lastStatus === 'STOPPED') return false;
    if (task.version !== undefined && known.version !== undefined && task.version !== known.version) {
      return task.version > known.version;
    }
    return task.lastStatus !== known.lastStatus || task.desiredStatus !== known.desiredStatus;
  }

  /** Treats an event as a hint that the task has stopped: ECS is polled now and for a while. */
  hintEnd(event: TaskEventFacts, nowMs: number): void {
    if (this.#settled) return;
    this.#endHint ??= event;
    this.endHintUntilMs = nowMs + END_HINT_MS;
    this.watch.hasten(this);
  }

  /** Applies the current state; resolves when all callbacks have been called. */
  async take(task: EcsTask, nowMs: number, event: TaskEventFacts | null): Promise<void> {
    this.seenAtMs = nowMs;
    this.missingSinceMs = null;
    this.missingLooks = 0;
    if (!this.isNews(task)) {
      this.#tellPast(task, event);
      return this.#telling;
    }
    const isNewStatus = this.task?.lastStatus !== task.lastStatus;
    const isChange = isNewStatus || this.task?.desiredStatus !== task.desiredStatus;
    // One copy of its ARN, not one of each response.
    const named = task.taskArn === this.order.taskArn ? { ...task, taskArn: this.order.taskArn } : task;
    this.task = keptTask(this.task, named, this.texts, this.order.needsTags ?? true);
    if (isChange) this.changedAtMs = nowMs;
    const snapshot = this.task;
    this.#note(task.lastStatus);
    const facts = event ?? (task.lastStatus === 'STOPPED' ? this.#endHint : null);
    this.#telling = this.#telling.then(() => this.#tell(snapshot, isNewStatus, facts));
    return this.#telling;
  }

  /** Ends the watch: ECS no longer knows the task. */
  giveUp(missingForMs: number): void {
    const stopRequested = this.stopReason !== null;
    this.#end({ kind: 'vanished', lastSeen: this.task, missingForSeconds: missingForMs / 1000, stopRequested });
  }

  #note(status: string | undefined): void {
    if (!this.#statuses.includes(status)) this.#statuses = this.#statuses.concat(status);
  }

  #tellPast(task: EcsTask, event: TaskEventFacts | null): void {
    if (event === null || this.#statuses.includes(task.lastStatus)) return;
    this.#note(task.lastStatus);
    try {
      this.order.onPast?.(task, event);
    } catch (error) {
      this.watch.failed(this, error);
    }
  }

  async #tell(task: EcsTask, isNewStatus: boolean, event: TaskEventFacts | null): Promise<void> {
    if (isNewStatus) {
      try {
        await this.order.onChange(task, event);
      } catch (error) {
        this.watch.failed(this, error);
      }
    }
    if (task.lastStatus === 'STOPPED' || task.lastStatus === 'DELETED') {
      this.#end({ kind: 'stopped', task, expiredLimit: this.expired, stopRequested: this.stopReason !== null });
    }
  }

  #end(end: ObservedEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    this.watch.ended(this, end);
  }
}
