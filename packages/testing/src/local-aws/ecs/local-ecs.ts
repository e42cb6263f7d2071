import { WorkerError } from '@worker-host/core';

import type { Answer } from '../server/operation.js';
import type { EcsState } from './ecs-state.js';
import type { TaskChanges } from './task-changes.js';
import { describeTask } from './tasks/describe-task.js';
import type { Task, TaskStatus } from './tasks/task.js';

/** A task as a test sees it: the response of DescribeTasks, and data that only the local AWS knows. */
export interface TaskView {
  readonly taskArn: string;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly startedBy: string | null;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  /** Exit codes by container name; null for containers without one. */
  readonly exitCodes: Readonly<Record<string, number | null>>;
  /** Processes of this machine by container name; null for containers without one. */
  readonly pids: Readonly<Record<string, number | null>>;
  readonly version: number;
  /** The task as on the wire, with tags; times in epoch seconds. */
  readonly description: Answer;
}

/** No task has this ARN or id, or it is no longer kept. */
export class LocalAwsTaskUnknownError extends WorkerError {
  readonly code = 'LOCAL_AWS_TASK_UNKNOWN';

  constructor(readonly task: string) {
    super(`The local AWS knows no such task [task=${task}]. Stopped tasks are forgotten after an hour.`, {
      details: { task },
    });
  }
}

/** ECS of one account and region, for tests: reads tasks and waits for them. */
export class LocalEcs {
  readonly #state: EcsState;
  readonly #changes: TaskChanges;

  constructor(state: EcsState, changes: TaskChanges) {
    this.#state = state;
    this.#changes = changes;
  }

  /** All tasks that can be described, in order of launch. */
  tasks(): TaskView[] {
    return this.#state.allTasks().map(viewTask);
  }

  /** Returns a task by ARN or id. Throws {@link LocalAwsTaskUnknownError}. */
  task(reference: string): TaskView {
    return viewTask(this.#find(reference));
  }

  /**
   * Resolves when a task has reached a status or a later one, or meets a condition. Rejects with the signal's reason,
   * and for an unknown task.
   */
  async whenTask(
    reference: string,
    condition: TaskStatus | ((task: TaskView) => boolean),
    signal?: AbortSignal,
  ): Promise<TaskView> {
    const task = this.#find(reference);
    const isMet =
      typeof condition === 'function'
        ? () => condition(viewTask(task))
        : () => STATUSES.indexOf(task.lastStatus) >= STATUSES.indexOf(condition);
    await this.#until(isMet, task.id, signal);
    return viewTask(task);
  }

  /** Resolves with all tasks when they meet a condition, which is checked after every change of any task. */
  async whenTasks(condition: (tasks: readonly TaskView[]) => boolean, signal?: AbortSignal): Promise<TaskView[]> {
    await this.#until(() => condition(this.tasks()), undefined, signal);
    return this.tasks();
  }

  /** Calls the listener after every change of a task. Returns a function that removes it. */
  onTaskChange(listener: (task: TaskView) => void): () => void {
    return this.#changes.listen((task) => listener(viewTask(task)));
  }

  /** Returns the number of tasks by status. */
  taskCounts(): Partial<Record<TaskStatus, number>> {
    const counts: Partial<Record<TaskStatus, number>> = {};
    for (const { lastStatus } of this.#state.allTasks()) counts[lastStatus] = (counts[lastStatus] ?? 0) + 1;
    return counts;
  }

  #find(reference: string): Task {
    const id = reference.split('/').at(-1) ?? reference;
    for (const cluster of this.#state.clusters.all.values()) {
      const task = this.#state.findTask(cluster, id);
      if (task !== null) return task;
    }
    throw new LocalAwsTaskUnknownError(reference);
  }

  async #until(isMet: () => boolean, taskId: string | undefined, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (isMet()) return;
    await new Promise<void>((resolve, reject) => {
      const stopListening = this.#changes.listen(() => {
        if (!isMet()) return;
        stopListening();
        signal?.removeEventListener('abort', give);
        resolve();
      }, taskId);
      const give = () => {
        stopListening();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', give, { once: true });
    });
  }
}

const STATUSES: readonly TaskStatus[] = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
];

function viewTask(task: Task): TaskView {
  return {
    taskArn: task.arn,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    startedBy: task.request.startedBy ?? null,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    exitCodes: Object.fromEntries(task.containers.map((one) => [one.definition.name, one.exitCode])),
    pids: Object.fromEntries(task.containers.map((one) => [one.definition.name, one.pid])),
    version: task.version,
    description: describeTask(task, true),
  };
}
