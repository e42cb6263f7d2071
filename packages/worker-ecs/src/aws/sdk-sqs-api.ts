import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import type { AwsCallOptions } from './ecs-api.js';
import { lazy } from './lazy.js';
import { callOptions } from './sdk-values.js';
import type { SqsApi, SqsMessage } from './sqs-api.js';

/** Amazon SQS by the AWS SDK, which is loaded on the first call. */
export class SdkSqsApi implements SqsApi {
  readonly #load: () => Promise<{ sdk: typeof import('@aws-sdk/client-sqs'); client: SQSClient }>;
  #client: SQSClient | null = null;

  constructor(configure: () => Promise<SQSClientConfig>) {
    this.#load = lazy(async () => {
      const sdk = await import('@aws-sdk/client-sqs');
      this.#client = new sdk.SQSClient(await configure());
      return { sdk, client: this.#client };
    });
  }

  async getQueueUrl(
    input: { readonly QueueName: string },
    options?: AwsCallOptions,
  ): Promise<{ readonly QueueUrl: string }> {
    const { sdk, client } = await this.#load();
    const answer = await client.send(new sdk.GetQueueUrlCommand(input), callOptions(options));
    return { QueueUrl: answer.QueueUrl ?? '' };
  }

  async receiveMessages(
    input: {
      readonly QueueUrl: string;
      readonly MaxNumberOfMessages: number;
      readonly WaitTimeSeconds: number;
      readonly VisibilityTimeout: number;
    },
    options?: AwsCallOptions,
  ): Promise<readonly SqsMessage[]> {
    const { sdk, client } = await this.#load();
    const command = new sdk.ReceiveMessageCommand({
      ...input,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    const answer = await client.send(command, callOptions(options));
    return (answer.Messages ?? []).map((message) => ({
      ...(message.MessageId ? { MessageId: message.MessageId } : {}),
      ...(message.ReceiptHandle ? { ReceiptHandle: message.ReceiptHandle } : {}),
      ...(message.Body ? { Body: message.Body } : {}),
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? '1'),
    }));
  }

  async deleteMessages(
    input: { readonly QueueUrl: string; readonly receiptHandles: readonly string[] },
    options?: AwsCallOptions,
  ): Promise<{ readonly failedReceiptHandles: readonly string[] }> {
    const { sdk, client } = await this.#load();
    const command = new sdk.DeleteMessageBatchCommand({
      QueueUrl: input.QueueUrl,
      Entries: input.receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
    });
    const answer = await client.send(command, callOptions(options));
    const failed = new Set((answer.Failed ?? []).map((entry) => entry.Id));
    return { failedReceiptHandles: input.receiptHandles.filter((_, index) => failed.has(String(index))) };
  }

  async changeMessageVisibility(
    input: { readonly QueueUrl: string; readonly ReceiptHandle: string; readonly VisibilityTimeout: number },
    options?: AwsCallOptions,
  ): Promise<void> {
    const { sdk, client } = await this.#load();
    await client.send(new sdk.ChangeMessageVisibilityCommand(input), callOptions(options));
  }

  close(): void {
    this.#client?.destroy();
  }
}
