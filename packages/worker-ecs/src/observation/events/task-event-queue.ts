import type { Clock, Logger, Meter } from '@worker-host/core';
import { awsErrorFacts } from '../../aws/errors/aws-error-facts.js';
import type { SqsApi, SqsMessage } from '../../aws/sqs-api.js';
import type { EcsEventsPulse, EcsTaskWatcher } from '../../ecs-parts.js';
import { isConsistent, parseEcsEventMessage } from './ecs-event-message.js';
import { fateOf, isFragile, isReadable, type MessageOwner } from './message-fate.js';
import type { QueueAddress } from './queue-address.js';
import { QueueOutbox } from './queue-outbox.js';
import { describeTraits, type QueueTraits, queueTraits } from './queue-traits.js';
import { isOfWorkerHost } from './task-event-receiver.js';
import type { EcsTaskEventReceiver, ReceivedTaskEvent } from './task-event-source.js';
import type { TaskPools } from './task-pools.js';

const BATCH = 10;
const WAIT_SECONDS = 20;
const VISIBILITY_SECONDS = 120;
/** Delay between two receives, so that events accumulate. It doubles each time, up to a second. */
const FIRST_GATHER_MS = 20;
const LONGEST_GATHER_MS = 1_000;
/** A receive that waited this long for an event shows that few arrive: the next one may be the end of the same task. */
const QUIET_MS = 1_000;
/** Delay after receives without events for this worker. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 8_000;
const CLOSED_PAUSE_MS = 60 * 60_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
const MISSING_QUEUE_PAUSE_MS = 10 * 60_000;
const BLIND_AFTER_MS = 120_000;

export interface TaskEventQueueParts {
  /** How to access the queue; called until it resolves. */
  readonly sqs: () => Promise<SqsApi>;
  readonly address: QueueAddress;
  /** True: the queue was configured, so it is a problem if it cannot be read. */
  readonly isNamed: boolean;
  readonly watcher: Pick<EcsTaskWatcher, 'knows'>;
  readonly receiver: EcsTaskEventReceiver;
  readonly pools: Pick<TaskPools, 'of' | 'learn'>;
  readonly pulse: EcsEventsPulse;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

interface QueuePlace {
  readonly sqs: SqsApi;
  readonly QueueUrl: string;
  readonly traits: QueueTraits;
  readonly outbox: QueueOutbox;
}

type EventOfTask = ReceivedTaskEvent & { readonly detail: { readonly taskArn: string } };

/** A parsed message. */
interface Received {
  readonly message: SqsMessage;
  /** Null: not an event about a task, or a contradictory one. */
  readonly event: EventOfTask | null;
}

/**
 * Reads task events from a queue, and uses them to speed up what polling finds. The queue can be shared: {@link fateOf} decides
 * what to do with a message. A queue is no longer read after a foreign event was seen, if reading would move foreign events to
 * its dead-letter queue.
 */
export class TaskEventQueue {
  #failingSinceMs: number | null = null;
  #failures = 0;
  #lastError: unknown = null;
  #saidMissing = false;
  #saidForeign = false;
  #wasRead = false;
  #isClosed = false;
  #gatherMs = FIRST_GATHER_MS;
  #pauseMs = FIRST_PAUSE_MS;
  /** Maximum number of messages per receive: few until the queue is known to contain only events of this pool. */
  #batch = 1;

  constructor(private readonly parts: TaskEventQueueParts) {}

  /** A problem, if the queue was configured or read before, and has been unreadable for two minutes; null: no problem. */
  get problem(): string | null {
    if (!this.#isExpected || this.#failingSinceMs === null) return null;
    const seconds = Math.round((this.parts.clock.monotonicMs() - this.#failingSinceMs) / 1000);
    if (seconds * 1000 < BLIND_AFTER_MS) return null;
    const { name, message } = awsErrorFacts(this.#lastError);
    return `Task events of queue ${this.parts.address.name} have not been readable for ${seconds} s: ${name} ${message}`;
  }

  /** A queue with the default name is optional, but a queue that was read before is reported when it disappears. */
  get #isExpected(): boolean {
    return this.parts.isNamed || this.#wasRead;
  }

  /** Reads until the signal is aborted; retries failures forever. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let place: QueuePlace | null = null;
    while (!signal.aborted) {
      let pauseMs = 0;
      try {
        place ??= await this.#open(signal);
        pauseMs = this.#isClosed ? CLOSED_PAUSE_MS : await this.#receive(place, signal);
        this.#recovered();
        if (this.#isClosed) place = null;
      } catch (error) {
        if (signal.aborted) break;
        if (isMissingQueue(error)) place = null;
        pauseMs = this.#failed(error);
      }
      if (pauseMs > 0) await this.parts.clock.sleep(pauseMs, signal).catch(() => {});
    }
    await place?.outbox.flush(true);
  }

  /** Finds the queue, and logs its properties once. A queue that was closed is read again when it is empty or has changed. */
  async #open(signal: AbortSignal): Promise<QueuePlace> {
    const { address, clock, logger } = this.parts;
    const sqs = await this.parts.sqs();
    const owner = address.account === null ? {} : { QueueOwnerAWSAccountId: address.account };
    const QueueUrl = address.url ?? (await sqs.getQueueUrl({ QueueName: address.name, ...owner }, { signal })).QueueUrl;
    const traits = queueTraits(address.name, await this.#attributes(sqs, QueueUrl, signal));
    if (!this.#wasRead) {
      const queue = address.url ?? address.name;
      if (isReadable(traits)) logger.info('Reading task events', { queue, ...describeTraits(traits) });
      else {
        logger.warn('Not reading the queue of task events: its redrive policy allows a single receive', {
          queue,
          hint: 'Set maxReceiveCount to 3 or more. The worker detects ends of tasks by polling.',
        });
      }
    }
    if (!isReadable(traits)) this.#isClosed = true;
    else if (!isFragile(traits) || (traits.isKnown && traits.messages === 0)) this.#isClosed = false;
    return { sqs, QueueUrl, traits, outbox: new QueueOutbox({ sqs, QueueUrl }, clock, logger) };
  }

  async #attributes(
    sqs: SqsApi,
    QueueUrl: string,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>> | null> {
    try {
      return await sqs.getQueueAttributes({ QueueUrl }, { signal });
    } catch (error) {
      if (/AccessDenied/.test(awsErrorFacts(error).name)) return null;
      throw error;
    }
  }

  /** Receives once. Resolves with the delay until the next receive. */
  async #receive(place: QueuePlace, signal: AbortSignal): Promise<number> {
    const { sqs, QueueUrl, outbox } = place;
    const asked = this.#batch;
    await outbox.flush();
    const askedAtMs = this.parts.clock.monotonicMs();
    const messages = await sqs.receiveMessages(
      { QueueUrl, MaxNumberOfMessages: asked, WaitTimeSeconds: WAIT_SECONDS, VisibilityTimeout: VISIBILITY_SECONDS },
      { signal },
    );
    if (this.parts.clock.monotonicMs() - askedAtMs >= QUIET_MS) this.#gatherMs = FIRST_GATHER_MS;
    if (messages.length === 0) return 0;
    this.parts.meter.count('ecs_task_events_total', {}, messages.length);
    const owners = await this.#handle(place, messages, signal);
    await outbox.flush();
    this.#batch = Math.min(BATCH, this.#batch * 2);
    if (this.#isClosed) {
      await outbox.flush(true);
      return CLOSED_PAUSE_MS;
    }
    return this.#pauseAfter(owners.includes('own'), messages.length === asked);
  }

  /** None after a full receive of events for this worker; longer from one to the next that brought few, or none for it. */
  #pauseAfter(isForUs: boolean, isFull: boolean): number {
    const pauseMs = isForUs ? this.#gatherMs : Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#pauseMs = isForUs ? FIRST_PAUSE_MS : pauseMs;
    if (isForUs && isFull) return 0;
    if (isForUs) this.#gatherMs = Math.min(LONGEST_GATHER_MS, pauseMs * 2);
    return pauseMs;
  }

  async #handle(
    { traits, outbox }: QueuePlace,
    messages: readonly SqsMessage[],
    signal: AbortSignal,
  ): Promise<readonly MessageOwner[]> {
    const { watcher, receiver, pools, clock } = this.parts;
    const received = messages.map(understand);
    const events = received.flatMap(({ event }) => (event === null ? [] : [event]));
    const strangers = events.filter(({ detail }) => !watcher.knows(detail.taskArn) && isOfWorkerHost(detail));
    await pools.learn(
      strangers.map(({ detail: { taskArn, clusterArn = '' } }) => ({ taskArn, clusterArn })),
      signal,
    );
    await receiver.receive(events);
    return received.map(({ message, event }) => {
      const owner = this.#ownerOf(event);
      if (owner === 'foreign') this.#foreign(event, traits);
      const { ReceiptHandle, receiveCount, sentAtMs } = message;
      const ageMs = sentAtMs === null ? 0 : clock.nowMs() - sentAtMs;
      const fate = fateOf({ owner, isEnd: event?.detail.lastStatus === 'STOPPED', receiveCount, ageMs }, traits);
      if (!ReceiptHandle) return owner;
      if (fate === 'delete') outbox.delete(ReceiptHandle);
      else outbox.hide({ ReceiptHandle, VisibilityTimeout: fate.hideSeconds });
      return owner;
    });
  }

  #ownerOf(event: Received['event']): MessageOwner {
    const { watcher, pools, pulse, clock } = this.parts;
    if (event === null) return 'foreign';
    if (watcher.knows(event.detail.taskArn)) return 'own';
    if (!isOfWorkerHost(event.detail)) return 'foreign';
    const pool = pools.of(event.detail.taskArn);
    if (pool === 'other') return 'foreign';
    // Other workers of the pool receive events of tasks of this worker, too.
    pulse.shared(clock.monotonicMs());
    return pool === 'this' ? 'sibling' : 'kin';
  }

  #foreign(event: Received['event'], traits: QueueTraits): void {
    const { address, logger, meter } = this.parts;
    meter.count('ecs_task_events_foreign_total');
    this.#isClosed ||= isFragile(traits);
    if (this.#saidForeign) return;
    this.#saidForeign = true;
    const example =
      event === null
        ? 'not an event of ECS about a task'
        : `${event.detail.taskArn} [startedBy=${event.detail.startedBy ?? ''}]`;
    const fields = {
      queue: address.name,
      example,
      hint: 'Use a separate queue for the pool, or match only startedBy with the prefix wh/ in the EventBridge rule.',
    };
    if (this.#isClosed) {
      logger.warn(
        'The queue of task events also receives events of other programs, which reading would move to its dead-letter queue; no longer reading it, detecting ends of tasks by polling',
        fields,
      );
    } else
      logger.info('The queue of task events also receives events of other programs; they stay in the queue', fields);
  }

  #recovered(): void {
    if (this.#failingSinceMs !== null) {
      this.parts.logger.info('Reading task events', { queue: this.parts.address.name });
      this.parts.meter.gauge('ecs_task_events_blind', 0);
    }
    this.#failingSinceMs = null;
    this.#failures = 0;
    this.#wasRead = true;
  }

  #failed(error: unknown): number {
    const { address, logger, meter, clock } = this.parts;
    const queue = address.name;
    const isFirst = this.#failingSinceMs === null;
    this.#failingSinceMs ??= clock.monotonicMs();
    this.#lastError = error;
    this.#failures += 1;
    if (!this.#isExpected) {
      const { name, message } = awsErrorFacts(error);
      const why = `${name} ${message}`;
      if (!this.#saidMissing) {
        logger.info('No queue of task events is readable; detecting ends of tasks by polling', { queue, why });
      }
      this.#saidMissing = true;
      return MISSING_QUEUE_PAUSE_MS;
    }
    meter.gauge('ecs_task_events_blind', 1);
    if (isFirst) logger.warn('Reading task events failed; retrying until it succeeds', { queue, error });
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(10, this.#failures - 1));
    return ceilingMs * (0.5 + clock.random() / 2);
  }
}

function understand(message: SqsMessage): Received {
  const event = parseEcsEventMessage(message.Body);
  if (event.kind !== 'task' || event.detail.taskArn === undefined || !isConsistent(event))
    return { message, event: null };
  const { id, time, detail } = event;
  return { message, event: { id, time, detail: { ...detail, taskArn: event.detail.taskArn } } };
}

function isMissingQueue(error: unknown): boolean {
  const { name } = awsErrorFacts(error);
  return name === 'QueueDoesNotExist' || name === 'AWS.SimpleQueueService.NonExistentQueue';
}
