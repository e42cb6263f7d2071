import type { AwsCallOptions } from './ecs-api.js';

export interface SqsMessage {
  readonly MessageId?: string;
  readonly ReceiptHandle?: string;
  readonly Body?: string;
  /** Number of receives of the message, including this one. */
  readonly receiveCount: number;
  /** Milliseconds since the epoch. Null: SQS did not return it. */
  readonly sentAtMs: number | null;
}

/** A message whose visibility timeout changes. */
export interface VisibilityChange {
  readonly ReceiptHandle: string;
  /** Seconds from now, 0 to 43200. */
  readonly VisibilityTimeout: number;
}

/** Failed entries of a batch. */
export interface BatchFailures {
  readonly failedReceiptHandles: readonly string[];
}

/** The calls to Amazon SQS that the worker makes. */
export interface SqsApi {
  getQueueUrl(
    input: { readonly QueueName: string; readonly QueueOwnerAWSAccountId?: string },
    options?: AwsCallOptions,
  ): Promise<{ readonly QueueUrl: string }>;
  /** Returns all attributes of a queue, by name. */
  getQueueAttributes(
    input: { readonly QueueUrl: string },
    options?: AwsCallOptions,
  ): Promise<Readonly<Record<string, string>>>;
  /** Waits up to 20 s for up to ten messages. */
  receiveMessages(
    input: {
      readonly QueueUrl: string;
      readonly MaxNumberOfMessages: number;
      readonly WaitTimeSeconds: number;
      readonly VisibilityTimeout: number;
    },
    options?: AwsCallOptions,
  ): Promise<readonly SqsMessage[]>;
  /** Deletes up to ten messages. */
  deleteMessages(
    input: { readonly QueueUrl: string; readonly receiptHandles: readonly string[] },
    options?: AwsCallOptions,
  ): Promise<BatchFailures>;
  /** Changes the visibility timeout of up to ten messages. */
  changeMessageVisibilities(
    input: { readonly QueueUrl: string; readonly changes: readonly VisibilityChange[] },
    options?: AwsCallOptions,
  ): Promise<BatchFailures>;
}
