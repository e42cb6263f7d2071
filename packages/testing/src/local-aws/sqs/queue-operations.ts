import { AwsError } from '../server/aws-error.js';
import type { OperationTable } from '../server/operation.js';
import { pageOf } from '../server/paging.js';
import type { Queue } from './queue.js';
import type { QueueAccess } from './queue-access.js';
import { applyAttributes, DEFAULT_SETTINGS, KEPT_ATTRIBUTES } from './queue-settings.js';
import type { QueueStore } from './queue-store.js';

/** Attributes that are known even if a queue does not have them. */
const MAY_BE_UNSET: readonly string[] = [...KEPT_ATTRIBUTES, 'RedrivePolicy'];
const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Operations to create, find and describe queues. FIFO queues are not supported. */
export function queueOperations(store: QueueStore, access: QueueAccess): OperationTable {
  const isQueue = (arn: string) => store.findByArn(arn) !== null;
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
        const settings = applyAttributes(DEFAULT_SETTINGS, attributes, isQueue);
        store.ensure(name).settings = settings;
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
      const owner = String(params.QueueOwnerAWSAccountId ?? call.account);
      const queue = access.byName(String(params.QueueName ?? ''), owner, call, 'GetQueueUrl');
      return { QueueUrl: urlOf(call.baseUrl, owner, queue.name) };
    },
    ListQueues: (params, call) => {
      const prefix = (params.QueueNamePrefix as string | undefined) ?? '';
      const names = [...store.all.keys()].filter((name) => name.startsWith(prefix)).sort();
      const size = (params.MaxResults as number | undefined) ?? 1000;
      const { page, nextToken } = pageOf(names, params.NextToken as string | undefined, size);
      return { QueueUrls: page.map((name) => urlOf(call.baseUrl, call.account, name)), NextToken: nextToken };
    },
    DeleteQueue: (params, call) => {
      store.all.delete(access.byUrl(params.QueueUrl, call, 'DeleteQueue').name);
      return {};
    },
    PurgeQueue: (params, call) => {
      access.byUrl(params.QueueUrl, call, 'PurgeQueue').purge();
      return {};
    },
    SetQueueAttributes: (params, call) => {
      const queue = access.byUrl(params.QueueUrl, call, 'SetQueueAttributes');
      const attributes = (params.Attributes ?? {}) as Readonly<Record<string, string>>;
      queue.settings = applyAttributes(queue.settings, attributes, isQueue);
      return {};
    },
    GetQueueAttributes: (params, call) => {
      const all = attributesOf(access.byUrl(params.QueueUrl, call, 'GetQueueAttributes'));
      const names = (params.AttributeNames ?? []) as readonly string[];
      if (names.includes('All')) return { Attributes: all };
      const unknown = names.find((name) => !Object.hasOwn(all, name) && !MAY_BE_UNSET.includes(name));
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
    SqsManagedSseEnabled: String(settings.kept.KmsMasterKeyId === undefined),
    ...settings.kept,
    ...(settings.redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: settings.redrive.deadLetterArn,
        maxReceiveCount: settings.redrive.maxReceiveCount,
      }),
    }),
  };
}
