import type { AwsCallOptions } from './ecs-api.js';

export interface SqsMessage {
  readonly MessageId?: string;
  readonly ReceiptHandle?: string;
  readonly Body?: string;
  /** How often the message has been handed out, this time included. */
  readonly receiveCount: number;
}

/** The calls to Amazon SQS that are made here. */
export interface SqsApi {
  getQueueUrl(input: { readonly QueueName: string }, options?: AwsCallOptions): Promise<{ readonly QueueUrl: string }>;
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
  /** Deletes up to ten; resolves with the receipt handles that could not be deleted. */
  deleteMessages(
    input: { readonly QueueUrl: string; readonly receiptHandles: readonly string[] },
    options?: AwsCallOptions,
  ): Promise<{ readonly failedReceiptHandles: readonly string[] }>;
  changeMessageVisibility(
    input: { readonly QueueUrl: string; readonly ReceiptHandle: string; readonly VisibilityTimeout: number },
    options?: AwsCallOptions,
  ): Promise<void>;
}
