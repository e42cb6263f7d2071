import type { Task } from './task.js';

/** The task as it is now, which later changes leave alone. */
export function copyOfTask(task: Task): Task {
  return { ...task, times: { ...task.times }, containers: task.containers.map((container) => ({ ...container })) };
}
