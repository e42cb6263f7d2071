import type { FaultControl, FaultTarget } from '../../faults/fault-control.js';
import { faultTargetOf, type Task } from '../tasks/task.js';
import { DEFAULT_READ_OPERATIONS, type ReadOperation } from './read-operations.js';
import { TaskHistory } from './task-history.js';

/** When each operation begins to see a new task, in epoch milliseconds. */
export type HiddenUntil = Readonly<Record<ReadOperation, number>>;

/**
 * Determines how operations see tasks: current, late, stale, or not at all. ECS guarantees only eventual consistency.
 */
export class TaskReads {
  readonly #faults: FaultControl;
  readonly #nowMs: () => number;
  readonly #history = new TaskHistory();

  /** @param allTasks all tasks that can be described. */
  constructor(faults: FaultControl, nowMs: () => number, allTasks: () => Iterable<Task>) {
    this.#faults = faults;
    this.#nowMs = nowMs;
    faults.onAdded((fault) => {
      if (fault.type !== 'stale-reads') return;
      for (const task of allTasks()) this.#history.record(task, nowMs());
    });
  }

  /** Draws until when a new task is hidden. */
  drawHiddenUntil(target: FaultTarget): HiddenUntil {
    const nowMs = this.#nowMs();
    const hidden: Record<ReadOperation, number> = { DescribeTasks: nowMs, ListTasks: nowMs, StopTask: nowMs };
    for (const { visibleAfterMs, operations = DEFAULT_READ_OPERATIONS } of this.#faults.takeAll('slow-reads', target)) {
      for (const operation of operations) hidden[operation] = Math.max(hidden[operation], nowMs + visibleAfterMs);
    }
    return hidden;
  }

  /** Stores a version of a changed task, if a read may need it. */
  changed(task: Task): void {
    if (this.#faults.has('stale-reads')) this.#history.record(task, this.#nowMs());
  }

  /** Returns whether operations can see a task in another state than the current one. */
  isDisturbed(): boolean {
    return this.#faults.has('stale-reads') || this.#faults.has('missing-reads');
  }

  /** Returns the task as an operation sees it, or null if the operation does not see it. */
  see(operation: ReadOperation, task: Task): Task | null {
    const nowMs = this.#nowMs();
    if (task.hiddenUntilMs[operation] > nowMs) return null;
    if (!this.isDisturbed()) return task;
    const target = { ...faultTargetOf(task), read: operation };
    if (this.#faults.take('missing-reads', target) !== null) return null;
    const stale = this.#faults.take('stale-reads', target);
    return stale === null ? task : this.#history.at(task, nowMs - stale.staleMs);
  }
}
