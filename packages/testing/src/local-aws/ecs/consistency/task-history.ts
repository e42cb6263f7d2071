import { copyOfTask } from '../tasks/copy-of-task.js';
import type { Task } from '../tasks/task.js';

interface Version {
  readonly fromMs: number;
  readonly task: Task;
}

/** Stores earlier versions of tasks, for stale reads. */
export class TaskHistory {
  readonly #versions = new WeakMap<Task, Version[]>();

  /** Stores the current version of the task, from `nowMs`. */
  record(task: Task, nowMs: number): void {
    const version = { fromMs: nowMs, task: copyOfTask(task) };
    const versions = this.#versions.get(task);
    if (versions === undefined) this.#versions.set(task, [version]);
    else versions.push(version);
  }

  /** Returns the task at a time: its oldest version if none is that old; null if it did not exist. */
  at(task: Task, ms: number): Task | null {
    if (task.times.createdAt > ms) return null;
    const versions = this.#versions.get(task) ?? [];
    return (versions.findLast((version) => version.fromMs <= ms) ?? versions[0])?.task ?? task;
  }
}
