import type { Task } from './task.js';

/** Returns a copy of the task that later changes do not affect. */
export function copyOfTask(task: Task): Task {
  return { ...task, times: { ...task.times }, containers: task.containers.map((container) => ({ ...container })) };
}
