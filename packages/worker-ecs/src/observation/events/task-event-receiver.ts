import { type Clock, type Logger, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { EcsTask } from '../../aws/ecs-api.js';
import type { EcsEventsPulse, EcsTaskWatcher } from '../../ecs-parts.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { parseStartedBy } from '../../task-run/launch-token.js';
import type { EcsTaskEventReceiver, ReceivedTaskEvent } from './task-event-source.js';

/** Applies events to the watched tasks, and keeps those that arrive before the response to a launch. */
@injectable()
export class TaskEventReceiver implements EcsTaskEventReceiver {
  constructor(
    @inject(ECS_TOKENS.TaskWatcher)
    private readonly watcher: Pick<EcsTaskWatcher, 'isWatched' | 'knows' | 'apply' | 'keepEarly'>,
    @inject(ECS_TOKENS.EventsPulse) private readonly pulse: Pick<EcsEventsPulse, 'received'>,
    @inject(TOKENS.Clock) private readonly clock: Pick<Clock, 'monotonicMs'>,
    @inject(TOKENS.Logger) private readonly logger: Logger,
  ) {}

  /** Processes tasks concurrently, the events of one task in the order of its versions. */
  async receive(events: readonly ReceivedTaskEvent[]): Promise<void> {
    const byTask = new Map<string, ReceivedTaskEvent[]>();
    for (const event of events) {
      const { taskArn } = event.detail;
      if (taskArn !== undefined) byTask.set(taskArn, [...(byTask.get(taskArn) ?? []), event]);
    }
    await Promise.all([...byTask].map(([taskArn, ofTask]) => this.#applyAll(taskArn, ofTask)));
  }

  async #applyAll(taskArn: string, events: readonly ReceivedTaskEvent[]): Promise<void> {
    for (const event of events.toSorted((a, b) => (a.detail.version ?? 0) - (b.detail.version ?? 0))) {
      await this.#apply(taskArn, event).catch((error: unknown) => {
        this.logger.warn('Handling a task event failed', { taskArn, error });
      });
    }
  }

  async #apply(taskArn: string, { detail, id, time }: ReceivedTaskEvent): Promise<void> {
    const facts = { id: id ?? '', time };
    if (this.watcher.isWatched(taskArn)) {
      this.pulse.received(this.clock.monotonicMs());
      await this.watcher.apply(detail, facts);
    } else if (!this.watcher.knows(taskArn) && isOfWorkerHost(detail)) this.watcher.keepEarly(detail, facts);
  }
}

/** Returns whether some worker-host launched the task. */
export function isOfWorkerHost({ startedBy }: Pick<EcsTask, 'startedBy'>): boolean {
  return parseStartedBy(startedBy) !== null;
}
