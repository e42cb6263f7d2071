import { copyOfTask } from '../tasks/copy-of-task.js';
import type { Task } from '../tasks/task.js';

interface Version {
  readonly fromMs: number;
  readonly task: Task;
}

/** Keeps earlier versions of tasks, for reads that see the past. */
export class TaskHistory {
  readonly #versions = new WeakMap<Task, Version[]>();

  /** Keeps the task as it is from `nowMs` on. */
  record(task: Task, nowMs: number): void {
    const version = { fromMs: nowMs, task: copyOfTask(task) };
    const versions = this.#versions.get(task);
    if (versions === undefined) this.#versions.set(task, [version]);
    else versions.push(version);
  }

  /** The task as it was at a time; its oldest known version when none is that old; null when it did not exist. */
  at(task: Task, ms: number): Task | null {
    if (task.times.createdAt > ms) return null;
    const versions = this.#versions.get(task) ?? [];
    return (versions.findLast((version) => version.fromMs <= ms) ?? versions[0])?.task ?? task;
  }
}
