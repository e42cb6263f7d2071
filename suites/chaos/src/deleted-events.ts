import type { LocalAws } from '@worker-host/testing/local-aws';

type Queue = ReturnType<LocalAws['queues']['ensure']>;

/** Watches a queue of task events, and calls back when an event that told a stop is deleted for the first time. */
export class DeletedStopEvents {
  readonly #bodies = new Map<string, string>();
  readonly #deleted = new Set<string>();

  constructor(
    queue: Queue,
    private readonly onDeleted: (taskArn: string, startedBy: string | null) => void,
  ) {
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

  #note(receiptHandle: string): void {
    const body = this.#bodies.get(receiptHandle);
    if (body === undefined) return;
    const { detail } = JSON.parse(body) as {
      readonly detail?: { readonly taskArn?: string; readonly startedBy?: string; readonly lastStatus?: string };
    };
    if (detail?.lastStatus !== 'STOPPED' || detail.taskArn === undefined) return;
    if (this.#deleted.has(detail.taskArn)) return;
    this.#deleted.add(detail.taskArn);
    this.onDeleted(detail.taskArn, detail.startedBy ?? null);
  }
}
