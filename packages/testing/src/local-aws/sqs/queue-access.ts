import { AwsError } from '../server/aws-error.js';
import type { CallContext } from '../server/operation.js';
import type { Queue } from './queue.js';
import { policyAllows } from './queue-policy.js';
import type { QueueStore } from './queue-store.js';

/** Finds queues for callers: their own, and those of other accounts whose policy allows access. */
export class QueueAccess {
  readonly #own: QueueStore;
  readonly #storeOf: (account: string) => QueueStore;

  /** @param storeOf returns the queues of another account in the same region. */
  constructor(own: QueueStore, storeOf: (account: string) => QueueStore) {
    this.#own = own;
    this.#storeOf = storeOf;
  }

  /** Returns the queue of a URL, which ends with its account and name. Throws QueueDoesNotExist or AccessDenied. */
  byUrl(url: unknown, call: CallContext, action: string): Queue {
    const text = String(url ?? '');
    const [account = '', name = ''] = text.split('/').slice(-2);
    return this.byName(name, account, call, action, text);
  }

  /** Returns the queue of an account by its name. Throws like {@link byUrl}. */
  byName(name: string, account: string, call: CallContext, action: string, resource = name): Queue {
    if (account === call.account) return this.#own.get(name);
    const queue = this.#storeOf(account).get(name);
    if (policyAllows(queue.settings.kept.Policy, call.account, action)) return queue;
    throw new AwsError('AccessDenied', `Access to the resource ${resource} is denied.`, {
      status: 403,
      queryCode: 'AccessDenied',
    });
  }
}
