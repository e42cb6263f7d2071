/** Properties of a queue that affect its readers. */
export interface QueueTraits {
  /** Maximum number of receives before a message moves to the dead-letter queue; null: it has none. */
  readonly maxReceiveCount: number | null;
  readonly deadLetterArn: string | null;
  /** Default visibility timeout in seconds. Null: unknown. */
  readonly visibilityTimeout: number | null;
  /** Examples: `KMS alias/events`, `SSE-SQS`, `none`. */
  readonly encryption: string;
  readonly isFifo: boolean;
  /** Approximate number of messages, including hidden ones. */
  readonly messages: number;
  /** False: the attributes could not be read, so conservative values are assumed. */
  readonly isKnown: boolean;
}

/** Maximum number of receives in Prefect's templates: assumed if `sqs:GetQueueAttributes` is not granted. */
const ASSUMED_RECEIVES = 3;

/** Parses the attributes of a queue; null: they could not be read. */
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

/** Formats the properties as one log line. */
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
