import type { Clock, Logger } from '@worker-host/core';
import type { SqsApi, VisibilityChange } from '../../aws/sqs-api.js';

const BATCH = 10;
const LONGEST_WAIT_MS = 10_000;
const MOST_TRIES = 3;

interface Deletion {
  readonly receiptHandle: string;
  readonly tries: number;
}

/** Collects the outcomes of received messages, and applies them in batches of ten. */
export class QueueOutbox {
  #deletions: readonly Deletion[] = [];
  #changes: readonly VisibilityChange[] = [];
  #oldestMs = 0;

  constructor(
    private readonly place: { readonly sqs: SqsApi; readonly QueueUrl: string },
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly logger: Logger,
  ) {}

  delete(receiptHandle: string): void {
    if (this.#deletions.length === 0) this.#oldestMs = this.clock.monotonicMs();
    this.#deletions = [...this.#deletions, { receiptHandle, tries: 0 }];
  }

  hide(change: VisibilityChange): void {
    this.#changes = [...this.#changes, change];
  }

  /** Sends pending changes: of visibility immediately, deletions when there are ten or the first has waited 10 s. */
  async flush(isLast = false): Promise<void> {
    while (this.#changes.length > 0) await this.#change();
    const isDue = isLast || this.clock.monotonicMs() - this.#oldestMs >= LONGEST_WAIT_MS;
    for (let left = this.#deletions.length; left >= BATCH || (isDue && left > 0); left -= BATCH) await this.#delete();
  }

  /** A message that could not be changed is delivered again when its visibility timeout ends. */
  async #change(): Promise<void> {
    const changes = this.#changes.slice(0, BATCH);
    this.#changes = this.#changes.slice(BATCH);
    const { sqs, QueueUrl } = this.place;
    try {
      const { failedReceiptHandles } = await sqs.changeMessageVisibilities({ QueueUrl, changes });
      if (failedReceiptHandles.length > 0) this.#report('changed', failedReceiptHandles.length, null);
    } catch (error) {
      this.#report('changed', changes.length, error);
    }
  }

  async #delete(): Promise<void> {
    const deletions = this.#deletions.slice(0, BATCH);
    this.#deletions = this.#deletions.slice(BATCH);
    const { sqs, QueueUrl } = this.place;
    const receiptHandles = deletions.map(({ receiptHandle }) => receiptHandle);
    try {
      const { failedReceiptHandles } = await sqs.deleteMessages({ QueueUrl, receiptHandles });
      this.#again(
        deletions.filter(({ receiptHandle }) => failedReceiptHandles.includes(receiptHandle)),
        null,
      );
    } catch (error) {
      this.#again(deletions, error);
    }
  }

  #again(failed: readonly Deletion[], error: unknown): void {
    if (failed.length === 0) return;
    this.#report('deleted', failed.length, error);
    this.#oldestMs = this.clock.monotonicMs();
    const again = failed.map(({ receiptHandle, tries }) => ({ receiptHandle, tries: tries + 1 }));
    this.#deletions = [...this.#deletions, ...again.filter(({ tries }) => tries < MOST_TRIES)];
  }

  #report(what: string, messages: number, error: unknown): void {
    this.logger.debug(`Queue messages could not be ${what}`, { messages, ...(error === null ? {} : { error }) });
  }
}
