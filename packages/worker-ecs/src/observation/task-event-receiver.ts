import { type Clock, type Logger, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { EcsEventsPulse, EcsTaskWatcher } from '../ecs-parts.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { parseStartedBy } from '../task-run/launch-token.js';
import type { EcsTaskEventReceiver, ReceivedTaskEvent } from './task-event-source.js';

/** Applies events to the tasks under watch, and keeps those that overtook the answer to a launch. */
@injectable()
export class TaskEventReceiver implements EcsTaskEventReceiver {
  constructor(
    @inject(ECS_TOKENS.TaskWatcher)
    private readonly watcher: Pick<EcsTaskWatcher, 'isWatched' | 'knows' | 'apply' | 'keepEarly'>,
    @inject(ECS_TOKENS.EventsPulse) private readonly pulse: Pick<EcsEventsPulse, 'received'>,
    @inject(TOKENS.Clock) private readonly clock: Pick<Clock, 'monotonicMs'>,
    @inject(TOKENS.Logger) private readonly logger: Logger,
  ) {}

  /** Tasks beside one another, the events of one task in the order of its versions. */
  async receive(events: readonly ReceivedTaskEvent[]): Promise<void> {
    const ofTask = (arn: string) =>
      events.filter(({ task }) => task.taskArn === arn).sort((a, b) => (a.task.version ?? 0) - (b.task.version ?? 0));
    await Promise.all(
      [...new Set(events.map(({ task }) => task.taskArn))].map(async (taskArn) => {
        for (const event of ofTask(taskArn)) {
          await this.#apply(event).catch((error: unknown) => {
            this.logger.warn('A task event could not be dealt with', { taskArn, error });
          });
        }
      }),
    );
  }

  async #apply({ task, id, time }: ReceivedTaskEvent): Promise<void> {
    const facts = { id: id ?? '', time };
    if (this.watcher.isWatched(task.taskArn)) {
      this.pulse.received(this.clock.monotonicMs());
      await this.watcher.apply(task, facts);
    } else if (!this.watcher.knows(task.taskArn) && isOfWorkerHost(task)) this.watcher.keepEarly(task, facts);
  }
}

/** True: some worker-host launched the task. */
export function isOfWorkerHost({ startedBy }: ReceivedTaskEvent['task']): boolean {
  return parseStartedBy(startedBy) !== null;
}
