import { EventEmitter } from 'node:events';

import type { Task } from './tasks/task.js';

/** Notifies listeners of every change of every task, with the current task. */
export class TaskChanges {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  notify(task: Task): void {
    this.#emitter.emit('change', task);
    this.#emitter.emit(task.id, task);
  }

  /** Listens to all tasks, or to one by its id. Returns a function that removes the listener. */
  listen(listener: (task: Task) => void, taskId = 'change'): () => void {
    this.#emitter.on(taskId, listener);
    return () => {
      this.#emitter.off(taskId, listener);
    };
  }
}
