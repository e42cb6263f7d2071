import type { Clock } from '@worker-host/core';

import { arnOf } from '../server/arn.js';
import { AwsError } from '../server/aws-error.js';
import type { IdSource } from '../server/id-source.js';
import { Queue } from './queue.js';
import { DEFAULT_SETTINGS } from './queue-settings.js';

/** The queues of one account in one region. */
export class QueueStore {
  readonly all = new Map<string, Queue>();
  readonly #account: string;
  readonly #region: string;
  readonly #clock: Clock;
  readonly #ids: IdSource;

  constructor(account: string, region: string, clock: Clock, ids: IdSource) {
    this.#account = account;
    this.#region = region;
    this.#clock = clock;
    this.#ids = ids;
  }

  ensure(name: string): Queue {
    const known = this.all.get(name);
    if (known !== undefined) return known;
    const arn = arnOf('sqs', this.#region, this.#account, name);
    const queue = new Queue(name, arn, DEFAULT_SETTINGS, this.#clock, this.#ids, (target) => this.findByArn(target));
    this.all.set(name, queue);
    return queue;
  }

  get(name: string): Queue {
    const queue = this.all.get(name);
    if (queue !== undefined) return queue;
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', {
      queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
    });
  }

  /** Returns the queue of this account and region with that ARN; null if there is none. */
  findByArn(arn: string): Queue | null {
    return [...this.all.values()].find((queue) => queue.arn === arn) ?? null;
  }
}
