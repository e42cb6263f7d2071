import type { LogStore } from '../../logs/log-store.js';
import type { Task, TaskContainer } from '../tasks/task.js';
import type { ContainerRun } from './container-run.js';

/** Starts the containers of tasks. */
export interface Launcher {
  /**
   * Starts one container.
   *
   * @param storeOf log store of a region of the task's account; null: the task's own region.
   * @throws StartFailure if the container cannot start.
   */
  start(task: Task, container: TaskContainer, storeOf: (region: string | null) => LogStore): ContainerRun;
  /** Removes what a stopped task leaves behind. */
  cleanUp(task: Task): void;
  close(): void;
}
