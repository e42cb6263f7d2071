import type { Clock, Logger, Meter } from '@worker-host/core';
import type { AwsClients, AwsClientsProvider } from '../aws/aws-clients.js';
import type { AwsCredentialsValue } from '../aws/aws-credentials-value.js';
import type { SqsApi } from '../aws/sqs-api.js';
import type { EcsSettings } from '../ecs-settings.js';
import type { EventsPulse } from './events-pulse.js';
import { TaskEventQueue } from './task-event-queue.js';
import type { TaskWatcher } from './task-watcher.js';

export interface TaskEventQueuesParts {
  readonly clients: AwsClientsProvider;
  readonly settings: EcsSettings;
  readonly watcher: TaskWatcher;
  readonly pulse: EventsPulse;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

/** A reader of task events for each set of credentials that runs tasks, begun with the first task. */
export class TaskEventQueues {
  readonly #begun = new Map<string, TaskEventQueue>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(private readonly parts: TaskEventQueuesParts) {}

  /** One line a queue that cannot be read; empty when all is well. */
  get problems(): readonly string[] {
    return [...this.#begun.values()].flatMap(({ problem }) => (problem === null ? [] : [problem]));
  }

  /** Begins to read for these clients, unless that is done already or switched off. */
  begin(clients: AwsClients, credentials: AwsCredentialsValue | null): void {
    const { settings, watcher, pulse, clock, meter, logger } = this.parts;
    if (!settings.observerEnabled || this.#begun.has(clients.key) || this.#closing.signal.aborted) return;
    const { queueName, isQueueNamed: isNamed, queueRegion } = settings;
    const sqs = async (): Promise<SqsApi> =>
      (queueRegion ? await this.parts.clients.clientsFor(credentials, queueRegion) : clients).sqs;
    const queue = new TaskEventQueue({ sqs, queueName, isNamed, watcher, pulse, clock, meter, logger });
    this.#begun.set(clients.key, queue);
    const running = queue.run(this.#closing.signal).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Stops reading; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }
}
