import type { Clock, Logger, Meter } from '@worker-host/core';
import { awsErrorFacts } from '../aws/aws-error-facts.js';
import type { EcsTask } from '../aws/ecs-api.js';
import type { SqsApi, SqsMessage } from '../aws/sqs-api.js';
import type { EcsEventsPulse, EcsTaskWatcher } from '../ecs-parts.js';
import { parseStartedBy } from '../task-run/launch-token.js';
import { parseEcsEventMessage } from './ecs-event-message.js';
import type { TaskEventFacts } from './watched-task.js';

const BATCH = 10;
const WAIT_SECONDS = 20;
const VISIBILITY_SECONDS = 60;
const FIRST_RELEASE_SECONDS = 3;
const LONGEST_RELEASE_SECONDS = 300;
const MOST_BATCHES_AT_ONCE = 10;
/** How often an event is offered again, so that the worker it belongs to gets it; polling tells it the end anyway. */
const OFFERS_OF_OURS = 12;
const QUICK_OFFERS = 5;
const OFFERS_OF_OTHERS = 3;
const OFFERS_OF_FAILING = 5;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
const MISSING_QUEUE_PAUSE_MS = 10 * 60_000;
const BLIND_AFTER_MS = 120_000;
const QUOTED_LENGTH = 300;

export interface TaskEventQueueParts {
  /** How the queue is reached; asked for until it is told, then no more. */
  readonly sqs: () => Promise<SqsApi>;
  readonly queueName: string;
  /** True: somebody named the queue, so that it is a problem when it cannot be read. */
  readonly isNamed: boolean;
  readonly watcher: Pick<EcsTaskWatcher, 'isWatched' | 'apply' | 'keepEarly'>;
  readonly pulse: EcsEventsPulse;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

interface QueuePlace {
  readonly sqs: SqsApi;
  readonly QueueUrl: string;
}

/** What is done with a message once it has been dealt with; a promise: it is deleted when that resolves. */
type Fate = 'delete' | 'release' | { readonly done: Promise<unknown> };

/**
 * Reads task events from a queue and hastens with them what polling finds. A message is deleted only when its deed is
 * done; what is no event is set aside with a line in the log.
 */
export class TaskEventQueue {
  readonly #batches = new Set<Promise<void>>();
  #failingSinceMs: number | null = null;
  #failures = 0;
  #lastError: unknown = null;
  #saidMissing = false;
  #wasRead = false;

  constructor(private readonly parts: TaskEventQueueParts) {}

  /** One line when the queue was named, or read before, and has not been readable for two minutes; null: all is well. */
  get problem(): string | null {
    if (!this.#isExpected || this.#failingSinceMs === null) return null;
    const seconds = Math.round((this.parts.clock.monotonicMs() - this.#failingSinceMs) / 1000);
    if (seconds * 1000 < BLIND_AFTER_MS) return null;
    const { name, message } = awsErrorFacts(this.#lastError);
    return `Task events of queue ${this.parts.queueName} could not be read for ${seconds} s: ${name} ${message}`;
  }

  /** A queue of the usual name need not be there, but one that was read is missed when it goes. */
  get #isExpected(): boolean {
    return this.parts.isNamed || this.#wasRead;
  }

  /** Reads until the signal is aborted; failures are outlasted for ever. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let place: QueuePlace | null = null;
    while (!signal.aborted) {
      try {
        place ??= await this.#find(signal);
        await this.#receive(place, signal);
        this.#recovered();
      } catch (error) {
        if (signal.aborted) break;
        if (isMissingQueue(error)) place = null;
        await this.parts.clock.sleep(this.#failed(error), signal).catch(() => {});
      }
    }
    await Promise.allSettled(this.#batches);
  }

  async #find(signal: AbortSignal): Promise<QueuePlace> {
    const sqs = await this.parts.sqs();
    const { QueueUrl } = await sqs.getQueueUrl({ QueueName: this.parts.queueName }, { signal });
    return { sqs, QueueUrl };
  }

  async #receive(place: QueuePlace, signal: AbortSignal): Promise<void> {
    const messages = await place.sqs.receiveMessages(
      {
        QueueUrl: place.QueueUrl,
        MaxNumberOfMessages: BATCH,
        WaitTimeSeconds: WAIT_SECONDS,
        VisibilityTimeout: VISIBILITY_SECONDS,
      },
      { signal },
    );
    if (messages.length === 0) return;
    this.parts.meter.count('ecs_task_events_total', {}, messages.length);
    const batch = this.#handle(place, messages, signal).finally(() => this.#batches.delete(batch));
    this.#batches.add(batch);
    if (this.#batches.size >= MOST_BATCHES_AT_ONCE) await Promise.race(this.#batches);
  }

  /** Tasks beside one another, the events of one task in the order of its versions. */
  async #handle(place: QueuePlace, messages: readonly SqsMessage[], signal: AbortSignal): Promise<void> {
    const byTask = new Map<string, { readonly message: SqsMessage; readonly version: number }[]>();
    for (const message of messages) {
      const parsed = parseEcsEventMessage(message.Body);
      const detail: EcsTask = parsed.kind === 'task' ? parsed.detail : {};
      const key = detail.taskArn ?? message.MessageId ?? '';
      byTask.set(key, [...(byTask.get(key) ?? []), { message, version: detail.version ?? 0 }]);
    }
    const fates = await Promise.all(
      [...byTask.values()].map(async (group) => {
        const decided: { message: SqsMessage; fate: Fate }[] = [];
        for (const { message } of group.sort((a, b) => a.version - b.version)) {
          decided.push({ message, fate: await this.#deal(message) });
        }
        return decided;
      }),
    );
    await this.#settle(place, fates.flat(), signal);
  }

  async #deal(message: SqsMessage): Promise<Fate> {
    const parsed = parseEcsEventMessage(message.Body);
    if (parsed.kind === 'unreadable') {
      const quoted = shortened(message.Body ?? '');
      this.parts.logger.warn('A queue message is no event and is set aside', { problem: parsed.problem, quoted });
      this.parts.meter.count('ecs_task_events_set_aside_total');
    }
    if (parsed.kind !== 'task') return 'delete';
    try {
      return await this.#dealWithTask(parsed.detail, { id: parsed.id ?? '', time: parsed.time }, message.receiveCount);
    } catch (error) {
      this.parts.logger.warn('A task event could not be dealt with', { taskArn: parsed.detail.taskArn, error });
      return message.receiveCount >= OFFERS_OF_FAILING ? 'delete' : 'release';
    }
  }

  async #dealWithTask(task: EcsTask, event: TaskEventFacts, receiveCount: number): Promise<Fate> {
    const { watcher, pulse, clock } = this.parts;
    if (task.taskArn === undefined) return 'delete';
    const isOurs = parseStartedBy(task.startedBy) !== null;
    if (watcher.isWatched(task.taskArn)) {
      pulse.received(clock.monotonicMs());
      const { done } = await watcher.apply(task, event);
      return task.lastStatus === 'STOPPED' ? { done } : 'delete';
    }
    if (isOurs) watcher.keepEarly(task, event);
    return receiveCount >= (isOurs ? OFFERS_OF_OURS : OFFERS_OF_OTHERS) ? 'delete' : 'release';
  }

  async #settle(
    place: QueuePlace,
    fates: readonly { readonly message: SqsMessage; readonly fate: Fate }[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const { message, fate } of fates) {
      if (typeof fate !== 'string') this.#deleteWhenDone(place, message, fate.done, signal);
    }
    const handles = (fate: Fate) =>
      fates.flatMap(({ message: { ReceiptHandle, receiveCount }, fate: decided }) =>
        decided === fate && ReceiptHandle ? [{ ReceiptHandle, receiveCount }] : [],
      );
    const done = handles('delete').map(({ ReceiptHandle }) => ReceiptHandle);
    try {
      if (done.length > 0) await place.sqs.deleteMessages({ QueueUrl: place.QueueUrl, receiptHandles: done });
      await Promise.all(
        handles('release').map(({ ReceiptHandle, receiveCount }) =>
          place.sqs.changeMessageVisibility(
            { QueueUrl: place.QueueUrl, ReceiptHandle, VisibilityTimeout: releaseSeconds(receiveCount) },
            { signal },
          ),
        ),
      );
    } catch (error) {
      if (!signal.aborted) this.parts.logger.debug('Queue messages will come again', { error });
    }
  }

  /** Until the deed is done the message stays; should this process end before, it comes again. */
  #deleteWhenDone(
    { sqs, QueueUrl }: QueuePlace,
    { ReceiptHandle }: SqsMessage,
    done: Promise<unknown>,
    signal: AbortSignal,
  ): void {
    if (!ReceiptHandle) return;
    done
      .then(() => sqs.deleteMessages({ QueueUrl, receiptHandles: [ReceiptHandle] }))
      .catch((error: unknown) => {
        if (!signal.aborted) this.parts.logger.debug('A queue message will come again', { error });
      });
  }

  #recovered(): void {
    if (this.#failingSinceMs !== null) {
      this.parts.logger.info('Task events are read', { queue: this.parts.queueName });
      this.parts.meter.gauge('ecs_task_events_blind', 0);
    }
    this.#failingSinceMs = null;
    this.#failures = 0;
    this.#wasRead = true;
  }

  #failed(error: unknown): number {
    const { queueName, logger, meter, clock } = this.parts;
    const isFirst = this.#failingSinceMs === null;
    this.#failingSinceMs ??= clock.monotonicMs();
    this.#lastError = error;
    this.#failures += 1;
    if (!this.#isExpected) {
      if (!this.#saidMissing) {
        const { name, message } = awsErrorFacts(error);
        const why = `${name} ${message}`;
        logger.info('No queue of task events can be read; ends of tasks are found by polling alone', {
          queue: queueName,
          why,
        });
      }
      this.#saidMissing = true;
      return MISSING_QUEUE_PAUSE_MS;
    }
    meter.gauge('ecs_task_events_blind', 1);
    if (isFirst) logger.warn('Task events cannot be read; it is tried again for ever', { queue: queueName, error });
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(10, this.#failures - 1));
    return ceilingMs * (0.5 + clock.random() / 2);
  }
}

function isMissingQueue(error: unknown): boolean {
  const { name } = awsErrorFacts(error);
  return name === 'QueueDoesNotExist' || name === 'AWS.SimpleQueueService.NonExistentQueue';
}

/** The first offers follow quickly, so that another worker on the same queue soon gets it; later ones are spread. */
function releaseSeconds(receiveCount: number): number {
  return Math.min(FIRST_RELEASE_SECONDS * 2 ** Math.max(0, receiveCount - QUICK_OFFERS), LONGEST_RELEASE_SECONDS);
}

function shortened(text: string): string {
  return text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
}
