import { AwsError } from '../server/aws-error.js';
import type { OperationTable } from '../server/operation.js';
import { pageOf } from '../server/paging.js';
import type { Queue } from './queue.js';
import { applyAttributes } from './queue-settings.js';
import type { QueueStore } from './queue-store.js';

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Making, finding and describing queues. FIFO queues are not served. */
export function queueOperations(store: QueueStore): OperationTable {
  return {
    CreateQueue: (params, call) => {
      const name = String(params.QueueName ?? '');
      if (!NAME.test(name)) {
        throw new AwsError(
          'InvalidParameterValue',
          'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
        );
      }
      const attributes = (params.Attributes ?? {}) as Readonly<Record<string, string>>;
      const known = store.all.get(name);
      if (known === undefined) {
        const settings = store.ensure(name);
        settings.settings = applyAttributes(settings.settings, attributes);
      } else if (differs(known, attributes)) {
        throw new AwsError(
          'QueueNameExists',
          'A queue already exists with the same name and a different value for an attribute.',
          {
            queryCode: 'QueueAlreadyExists',
          },
        );
      }
      return { QueueUrl: urlOf(call.baseUrl, call.account, name) };
    },
    GetQueueUrl: (params, call) => {
      const queue = store.get(String(params.QueueName ?? ''));
      return { QueueUrl: urlOf(call.baseUrl, call.account, queue.name) };
    },
    ListQueues: (params, call) => {
      const prefix = (params.QueueNamePrefix as string | undefined) ?? '';
      const names = [...store.all.keys()].filter((name) => name.startsWith(prefix)).sort();
      const size = (params.MaxResults as number | undefined) ?? 1000;
      const { page, nextToken } = pageOf(names, params.NextToken as string | undefined, size);
      return { QueueUrls: page.map((name) => urlOf(call.baseUrl, call.account, name)), NextToken: nextToken };
    },
    DeleteQueue: (params) => {
      store.all.delete(store.byUrl(params.QueueUrl).name);
      return {};
    },
    PurgeQueue: (params) => {
      store.byUrl(params.QueueUrl).purge();
      return {};
    },
    SetQueueAttributes: (params) => {
      const queue = store.byUrl(params.QueueUrl);
      queue.settings = applyAttributes(queue.settings, (params.Attributes ?? {}) as Readonly<Record<string, string>>);
      return {};
    },
    GetQueueAttributes: (params) => {
      const all = attributesOf(store.byUrl(params.QueueUrl));
      const names = (params.AttributeNames ?? []) as readonly string[];
      if (names.includes('All')) return { Attributes: all };
      const unknown = names.find((name) => !Object.hasOwn(all, name) && name !== 'Policy' && name !== 'RedrivePolicy');
      if (unknown !== undefined) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
      return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))) };
    },
  };
}

function urlOf(baseUrl: string, account: string, name: string): string {
  return `${baseUrl}/${account}/${name}`;
}

function differs(queue: Queue, attributes: Readonly<Record<string, string>>): boolean {
  const known = attributesOf(queue);
  return Object.entries(attributes).some(([name, value]) => Object.hasOwn(known, name) && known[name] !== value);
}

function attributesOf(queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts();
  const { settings } = queue;
  const createdAt = String(Math.floor(queue.createdAtMs / 1000));
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: createdAt,
    LastModifiedTimestamp: createdAt,
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: String(settings.retentionSeconds),
    DelaySeconds: String(settings.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(settings.waitTimeSeconds),
    SqsManagedSseEnabled: 'true',
    ...(settings.redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: settings.redrive.deadLetterArn,
        maxReceiveCount: settings.redrive.maxReceiveCount,
      }),
    }),
  };
}
