import { AwsError } from '../server/aws-error.js';
import type { Answer, CallContext, OperationTable, Params } from '../server/operation.js';
import { type MessageAttribute, md5OfAttributes, md5OfText } from './md5.js';
import type { Message, Queue } from './queue.js';
import type { QueueAccess } from './queue-access.js';

const MAX_BATCH = 10;
const MAX_WAIT_SECONDS = 20;
const MAX_VISIBILITY_SECONDS = 43_200;
const MAX_MESSAGE_BYTES = 1_048_576;

interface SendEntry {
  readonly Id?: string;
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
}

interface HandleEntry {
  readonly Id?: string;
  readonly ReceiptHandle?: string;
  readonly VisibilityTimeout?: number;
}

/** Operations to send, receive, delete and hide messages, individually or in batches of ten. */
export function messageOperations(access: QueueAccess): OperationTable {
  return {
    SendMessage: (params, call) => send(access.byUrl(params.QueueUrl, call, 'SendMessage'), params, call),
    SendMessageBatch: (params, call) => {
      const queue = access.byUrl(params.QueueUrl, call, 'SendMessage');
      return batch<SendEntry>(params, (entry) => send(queue, entry, call));
    },
    ReceiveMessage: (params, call) => receive(access.byUrl(params.QueueUrl, call, 'ReceiveMessage'), params, call),
    DeleteMessage: (params, call) => {
      access.byUrl(params.QueueUrl, call, 'DeleteMessage').delete(checkHandle(params.ReceiptHandle));
      return {};
    },
    DeleteMessageBatch: (params, call) => {
      const queue = access.byUrl(params.QueueUrl, call, 'DeleteMessage');
      return batch<HandleEntry>(params, (entry) => {
        queue.delete(checkHandle(entry.ReceiptHandle));
        return {};
      });
    },
    ChangeMessageVisibility: (params, call) =>
      changeVisibility(access.byUrl(params.QueueUrl, call, 'ChangeMessageVisibility'), params),
    ChangeMessageVisibilityBatch: (params, call) => {
      const queue = access.byUrl(params.QueueUrl, call, 'ChangeMessageVisibility');
      return batch<HandleEntry>(params, (entry) => changeVisibility(queue, entry));
    },
  };
}

function send(queue: Queue, entry: SendEntry, call: CallContext): Answer {
  const body = entry.MessageBody ?? '';
  if (body === '') throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) {
    throw invalidValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${MAX_MESSAGE_BYTES} bytes.`,
    );
  }
  const attributes = entry.MessageAttributes ?? {};
  const message = queue.send(body, attributes, entry.DelaySeconds, call.accessKeyId);
  return {
    MessageId: message.id,
    MD5OfMessageBody: md5OfText(body),
    MD5OfMessageAttributes: md5OfAttributes(attributes),
  };
}

async function receive(queue: Queue, params: Params, call: CallContext): Promise<Answer> {
  const max = Number(params.MaxNumberOfMessages ?? 1);
  const waitSeconds = Number(params.WaitTimeSeconds ?? queue.settings.waitTimeSeconds);
  const visibility = Number(params.VisibilityTimeout ?? queue.settings.visibilityTimeoutSeconds);
  if (!(max >= 1 && max <= MAX_BATCH)) {
    throw invalidValue(
      `Value ${max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
    );
  }
  if (!(waitSeconds >= 0 && waitSeconds <= MAX_WAIT_SECONDS)) {
    throw invalidValue(
      `Value ${waitSeconds} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
    );
  }
  checkVisibility(visibility);
  const messages = await queue.receive(max, visibility, waitSeconds, call.signal);
  return messages.length === 0 ? {} : { Messages: messages.map((message) => describeMessage(message, params)) };
}

function describeMessage(message: Message, params: Params): Answer {
  const systemNames = (params.MessageSystemAttributeNames ?? params.AttributeNames ?? []) as readonly string[];
  const names = (params.MessageAttributeNames ?? []) as readonly string[];
  const system: Readonly<Record<string, string>> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    ...(message.deadLetterSourceArn !== null && { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  };
  const wantsSystem = Object.entries(system).filter(
    ([name]) => systemNames.includes('All') || systemNames.includes(name),
  );
  const wanted = Object.entries(message.attributes).filter(([name]) =>
    names.some(
      (pattern) =>
        pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
    ),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5OfText(message.body),
    Body: message.body,
    ...(wantsSystem.length > 0 && { Attributes: Object.fromEntries(wantsSystem) }),
    ...(wanted.length > 0 && {
      MessageAttributes: Object.fromEntries(wanted),
      MD5OfMessageAttributes: md5OfAttributes(Object.fromEntries(wanted)),
    }),
  };
}

function changeVisibility(queue: Queue, entry: HandleEntry): Answer {
  const seconds = Number(entry.VisibilityTimeout);
  checkVisibility(seconds);
  const handle = checkHandle(entry.ReceiptHandle);
  if (queue.changeVisibility(handle, seconds)) return {};
  const text = `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`;
  throw new AwsError('MessageNotInflight', text, { queryCode: 'AWS.SimpleQueueService.MessageNotInflight' });
}

function checkVisibility(seconds: number): void {
  if (seconds >= 0 && seconds <= MAX_VISIBILITY_SECONDS) return;
  throw invalidValue(
    `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and ${MAX_VISIBILITY_SECONDS}, if provided.`,
  );
}

function checkHandle(handle: unknown): string {
  if (typeof handle === 'string' && handle !== '') return handle;
  throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
}

/** Executes each entry separately: the response lists which succeeded and which failed. */
function batch<T extends { readonly Id?: string }>(params: Params, act: (entry: T) => Answer): Answer {
  const entries = (params.Entries ?? []) as readonly T[];
  if (entries.length === 0) {
    throw batchError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > MAX_BATCH) {
    throw batchError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw batchError('BatchEntryIdsNotDistinct', 'Id is repeated.');
  }
  const Successful: Answer[] = [];
  const Failed: Answer[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.queryCode ?? error.awsCode, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

function batchError(code: string, message: string): AwsError {
  return new AwsError(code, message, { queryCode: `AWS.SimpleQueueService.${code}` });
}

function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
