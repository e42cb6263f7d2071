import { type Clock, type Logger, type Meter, TOKENS, type WorkerOptions } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { AwsClients, AwsClientsProvider } from '../../aws/aws-clients.js';
import type { AwsCredentialsValue } from '../../aws/aws-credentials-value.js';
import type { SqsApi } from '../../aws/sqs-api.js';
import type { EcsEventsPulse, EcsTaskWatcher } from '../../ecs-parts.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { TaskEventQueue } from './task-event-queue.js';
import type { EcsTaskEventReceiver, EcsTaskEventSource } from './task-event-source.js';
import { TaskPools } from './task-pools.js';

/** Maximum number of queues; with further credentials, ends of tasks are found only by polling. */
const MOST_QUEUES = 50;

/** A reader of task events for each set of credentials that runs tasks, started with the first task. */
@injectable()
export class TaskEventQueues implements EcsTaskEventSource {
  readonly #begun = new Map<string, TaskEventQueue>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(
    @inject(ECS_TOKENS.AwsClients) private readonly clients: AwsClientsProvider,
    @inject(ECS_TOKENS.Settings) private readonly settings: EcsSettings,
    @inject(ECS_TOKENS.TaskWatcher) private readonly watcher: Pick<EcsTaskWatcher, 'knows'>,
    @inject(ECS_TOKENS.TaskEventReceiver) private readonly receiver: EcsTaskEventReceiver,
    @inject(ECS_TOKENS.EventsPulse) private readonly pulse: EcsEventsPulse,
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @inject(TOKENS.Logger) private readonly logger: Logger,
    @inject(TOKENS.WorkerOptions) private readonly options: Pick<WorkerOptions, 'workPoolName'>,
  ) {}

  /** One problem per unreadable queue; empty if there is none. */
  get problems(): readonly string[] {
    return [...this.#begun.values()].flatMap(({ problem }) => (problem === null ? [] : [problem]));
  }

  /** Starts to read for these clients, unless it already does or is disabled. */
  begin(clients: AwsClients, credentials: AwsCredentialsValue | null): void {
    const { settings, watcher, receiver, pulse, clock, meter, logger } = this;
    if (!settings.observerEnabled || this.#begun.has(clients.key) || this.#closing.signal.aborted) return;
    if (this.#begun.size >= MOST_QUEUES) return;
    const { queue: address, isQueueNamed: isNamed } = settings;
    const { region } = address;
    const sqs = async (): Promise<SqsApi> =>
      (region ? await this.clients.clientsFor(credentials, region) : clients).sqs;
    const pools = new TaskPools(clients.ecs, this.options.workPoolName, logger);
    const queue = new TaskEventQueue({ sqs, address, isNamed, watcher, receiver, pools, pulse, clock, meter, logger });
    this.#begun.set(clients.key, queue);
    const running = queue.run(this.#closing.signal).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Stops reading; resolves when no operation is in progress. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  dispose(): Promise<void> {
    return this.close();
  }
}
