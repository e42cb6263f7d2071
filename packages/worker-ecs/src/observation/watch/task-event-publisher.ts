import { createHash } from 'node:crypto';
import { type Clock, type EventSink, TOKENS, type WorkerOptions } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { EcsTask } from '../../aws/ecs-api.js';
import { TAG, type TaskTags, tagsOf, taskEvent } from '../events/task-event.js';
import type { TaskEventFacts } from './watched-task.js';

/** Emits an event for each change of a task. */
@injectable()
export class TaskEventPublisher {
  constructor(
    @inject(TOKENS.Events) private readonly sink: EventSink,
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.WorkerOptions) private readonly options: Pick<WorkerOptions, 'workerType'>,
  ) {}

  /**
   * @param labels of the run; if they are unknown, the tags of the task.
   * @param event the AWS event that reported the change; null: polling found it, and its id is derived from task and
   * status, so that two workers report one change once.
   */
  publish(task: EcsTask, labels: TaskTags, event: TaskEventFacts | null): void {
    const { taskArn, lastStatus } = task;
    if (!taskArn || !lastStatus) return;
    const tags = labels[TAG.flowRunId] ? labels : tagsOf(task.tags);
    if (!tags[TAG.flowRunId]) return;
    const id = event?.id || idOf(taskArn, lastStatus);
    const occurred = event?.time ?? new Date(this.clock.nowMs()).toISOString();
    const { workerType } = this.options;
    const prefectVersion = tags[TAG.version] ?? '';
    this.sink.emit(taskEvent({ ...task, taskArn, lastStatus }, tags, { id, occurred, prefectVersion, workerType }));
  }
}

/** Returns a UUID (version 8) of task and status. */
function idOf(taskArn: string, lastStatus: string): string {
  const hex = createHash('sha256').update(`${taskArn} ${lastStatus}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
