import type { LocalAws } from '@worker-host/testing/local-aws';

type Queue = ReturnType<LocalAws['queues']['ensure']>;

/** Watches a queue of task events: when was an event that told a stop deleted? */
export class DeletedStopEvents {
  readonly #bodies = new Map<string, string>();
  readonly #deletedMs = new Map<string, number>();

  constructor(queue: Queue) {
    const receive = queue.receive.bind(queue);
    queue.receive = async (...parameters: Parameters<Queue['receive']>) => {
      const messages = await receive(...parameters);
      for (const { receiptHandle, body } of messages) if (receiptHandle) this.#bodies.set(receiptHandle, body);
      return messages;
    };
    const remove = queue.delete.bind(queue);
    queue.delete = (...parameters: Parameters<Queue['delete']>) => {
      this.#note(String(parameters[0]));
      return remove(...parameters);
    };
  }

  /** Milliseconds since the epoch of the first deletion; null: none. */
  deletedMs(taskArn: string): number | null {
    return this.#deletedMs.get(taskArn) ?? null;
  }

  #note(receiptHandle: string): void {
    const body = this.#bodies.get(receiptHandle);
    if (body === undefined) return;
    const { detail } = JSON.parse(body) as {
      readonly detail?: { readonly taskArn?: string; readonly lastStatus?: string };
    };
    if (detail?.lastStatus !== 'STOPPED' || detail.taskArn === undefined) return;
    if (!this.#deletedMs.has(detail.taskArn)) this.#deletedMs.set(detail.taskArn, Date.now());
  }
}
