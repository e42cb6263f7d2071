/** What a queue does with messages, as far as a reader must know it. */
export interface QueueTraits {
  /** Receives after which the next one moves a message to the dead letter queue; null: it has none. */
  readonly maxReceiveCount: number | null;
  readonly deadLetterArn: string | null;
  /** Seconds that a received message is hidden by default. Null: not known. */
  readonly visibilityTimeout: number | null;
  /** Such as `KMS alias/events`, `SSE-SQS`, `none`. */
  readonly encryption: string;
  readonly isFifo: boolean;
  /** Messages in it, hidden ones included. Approximate. */
  readonly messages: number;
  /** False: the attributes could not be read, and the careful values are assumed. */
  readonly isKnown: boolean;
}

/** Receives that Prefect's templates allow: assumed where `sqs:GetQueueAttributes` is not granted. */
const ASSUMED_RECEIVES = 3;

/** Reads the attributes of a queue; null: they could not be read. */
export function queueTraits(name: string, attributes: Readonly<Record<string, string>> | null): QueueTraits {
  const { deadLetterTargetArn, maxReceiveCount } = parseRedrive(attributes?.RedrivePolicy);
  const number = (key: string): number => Number(attributes?.[key] ?? Number.NaN) || 0;
  return {
    maxReceiveCount: attributes === null ? ASSUMED_RECEIVES : maxReceiveCount,
    deadLetterArn: deadLetterTargetArn,
    visibilityTimeout: attributes?.VisibilityTimeout === undefined ? null : Number(attributes.VisibilityTimeout),
    encryption: encryptionOf(attributes),
    isFifo: name.endsWith('.fifo') || attributes?.FifoQueue === 'true',
    messages:
      number('ApproximateNumberOfMessages') +
      number('ApproximateNumberOfMessagesNotVisible') +
      number('ApproximateNumberOfMessagesDelayed'),
    isKnown: attributes !== null,
  };
}

/** One line of what was found, for the log. */
export function describeTraits(traits: QueueTraits): Readonly<Record<string, string>> {
  const { maxReceiveCount, deadLetterArn, isKnown, encryption, isFifo } = traits;
  const redrive = !isKnown
    ? `unknown, because sqs:GetQueueAttributes is denied; assuming ${ASSUMED_RECEIVES} receives`
    : maxReceiveCount === null
      ? 'none'
      : `after ${maxReceiveCount} receives to ${deadLetterArn ?? 'a dead letter queue'}`;
  return { redrive, encryption: isKnown ? encryption : 'not known', fifo: isFifo ? 'yes' : 'no' };
}

function parseRedrive(text: string | undefined): {
  readonly deadLetterTargetArn: string | null;
  readonly maxReceiveCount: number | null;
} {
  if (!text) return { deadLetterTargetArn: null, maxReceiveCount: null };
  try {
    const policy = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const count = Number(policy.maxReceiveCount);
    return {
      deadLetterTargetArn: typeof policy.deadLetterTargetArn === 'string' ? policy.deadLetterTargetArn : null,
      maxReceiveCount: Number.isInteger(count) && count > 0 ? count : ASSUMED_RECEIVES,
    };
  } catch {
    return { deadLetterTargetArn: null, maxReceiveCount: ASSUMED_RECEIVES };
  }
}

function encryptionOf(attributes: Readonly<Record<string, string>> | null): string {
  if (attributes?.KmsMasterKeyId) return `KMS ${attributes.KmsMasterKeyId}`;
  return attributes?.SqsManagedSseEnabled === 'true' ? 'SSE-SQS' : 'none';
}
