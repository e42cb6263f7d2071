import type { Clock } from '@worker-host/core';
import type { AwsClients } from '../../aws/aws-clients.js';
import type { EcsTask } from '../../aws/ecs-api.js';
import type { ObservedEnd } from '../diagnosis/task-end.js';
import type { ExpiredLimit } from '../diagnosis/time-limits.js';

/** ECS may show an older state than an event for so long. */
const END_HINT_MS = 30_000;

/** The event that told of a change. */
export interface TaskEventFacts {
  readonly id: string;
  /** RFC 3339. Null: the event has none. */
  readonly time: string | null;
}

/** A task to be watched to its end. */
export interface WatchOrder {
  readonly clients: AwsClients;
  /** Name or ARN. */
  readonly cluster: string;
  readonly taskArn: string;
  /** Milliseconds since the epoch, when this process launched it; null: adopted from an earlier process. */
  readonly launchedAtMs: number | null;
  /** What the launch answered; null: nothing. */
  readonly initial: EcsTask | null;
  /** Called for every new status, in order; `event` where an event told of it. What it returns is awaited before the next. */
  onChange(task: EcsTask, event: TaskEventFacts | null): Promise<void> | void;
  /** Called for a status that was never told and that an event tells of when the task is past it already. */
  onPast?(task: EcsTask, event: TaskEventFacts): void;
  /** Aborted: the task is watched no more, and the watch rejects with the reason. */
  readonly signal: AbortSignal;
}

/** A task under watch. Its moments are the clock's monotonic milliseconds where nothing else is said. */
export class WatchedTask {
  task: EcsTask | null = null;
  seenAtMs: number | null = null;
  changedAtMs: number;
  missingSinceMs: number | null = null;
  missingLooks = 0;
  nextLookAtMs: number;
  expired: ExpiredLimit | null = null;
  /** Why its stop was ordered. Null: it was not. */
  stopReason: string | null = null;
  /** The event that says the task has stopped, which ECS is yet to confirm. */
  #endHint: TaskEventFacts | null = null;
  /** Until when ECS is polled quickly for the end that an event reported. */
  endHintUntilMs = Number.NEGATIVE_INFINITY;
  /** Lets it be polled now rather than later. */
  hasten: () => void = () => {};
  /** When the order to stop was sent last. */
  stopOrderedAtMs = Number.NEGATIVE_INFINITY;
  /** The error by which ECS refuses to tell of it. Null: it does tell. */
  refusal: unknown = null;
  /** Milliseconds since the epoch: the launch, or where that was an earlier process's, the begin of the watch. */
  readonly launchedAtMs: number;
  readonly watchedSinceMs: number;
  readonly #statuses = new Set<string | undefined>();
  #telling: Promise<void> = Promise.resolve();
  #settled = false;

  constructor(
    readonly order: WatchOrder,
    clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
    private readonly settle: (end: ObservedEnd) => void,
    private readonly onFailure: (error: unknown) => void,
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

  /** True: the task as given is newer than what is known. Events and answers may come in any order. */
  isNews(task: EcsTask): boolean {
    const known = this.task;
    if (known === null) return true;
    if (known.lastStatus === 'STOPPED') return false;
    if (task.version !== undefined && known.version !== undefined && task.version !== known.version) {
      return task.version > known.version;
    }
    return task.lastStatus !== known.lastStatus || task.desiredStatus !== known.desiredStatus;
  }

  /** Takes an event for a hint that the task has stopped: ECS is asked, now and for a while. */
  hintEnd(event: TaskEventFacts, nowMs: number): void {
    if (this.#settled) return;
    this.#endHint ??= event;
    this.endHintUntilMs = nowMs + END_HINT_MS;
    this.hasten();
  }

  /** Takes in what is known now; resolves when everybody concerned has been told. */
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
    this.task = merged(this.task, task);
    if (isChange) this.changedAtMs = nowMs;
    const snapshot = this.task;
    this.#statuses.add(task.lastStatus);
    const facts = event ?? (task.lastStatus === 'STOPPED' ? this.#endHint : null);
    this.#telling = this.#telling.then(() => this.#tell(snapshot, isNewStatus, facts));
    return this.#telling;
  }

  /** Ends the watch: ECS no longer knows the task. */
  giveUp(missingForMs: number): void {
    const stopRequested = this.stopReason !== null;
    this.#end({ kind: 'vanished', lastSeen: this.task, missingForSeconds: missingForMs / 1000, stopRequested });
  }

  #tellPast(task: EcsTask, event: TaskEventFacts | null): void {
    if (event === null || this.#statuses.has(task.lastStatus)) return;
    this.#statuses.add(task.lastStatus);
    try {
      this.order.onPast?.(task, event);
    } catch (error) {
      this.onFailure(error);
    }
  }

  async #tell(task: EcsTask, isNewStatus: boolean, event: TaskEventFacts | null): Promise<void> {
    if (isNewStatus) {
      try {
        await this.order.onChange(task, event);
      } catch (error) {
        this.onFailure(error);
      }
    }
    if (task.lastStatus === 'STOPPED' || task.lastStatus === 'DELETED') {
      this.#end({ kind: 'stopped', task, expiredLimit: this.expired, stopRequested: this.stopReason !== null });
    }
  }

  #end(end: ObservedEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    this.settle(end);
  }
}

/** A stop takes the tags off a task; those seen before are kept. */
function merged(known: EcsTask | null, task: EcsTask): EcsTask {
  const tags = task.tags?.length ? task.tags : known?.tags;
  return { ...known, ...task, ...(tags ? { tags } : {}) };
}
