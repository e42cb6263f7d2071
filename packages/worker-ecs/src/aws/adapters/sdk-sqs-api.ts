import type { Message, SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import { lazy } from '../../utilities/lazy.js';
import { isObject, isText, listOf, textOf, UnreadableAnswer } from '../connection/read-answer.js';
import type { AwsCallOptions } from '../ecs-api.js';
import type { BatchFailures, SqsApi, SqsMessage, VisibilityChange } from '../sqs-api.js';
import { callOptions } from './sdk-values.js';

/** Amazon SQS with the AWS SDK, which is loaded on the first call. */
export class SdkSqsApi implements SqsApi {
  readonly #load: () => Promise<{ sdk: typeof import('../sdk/sqs.js'); client: SQSClient }>;
  #client: SQSClient | null = null;

  constructor(configure: () => Promise<SQSClientConfig>) {
    this.#load = lazy(async () => {
      const sdk = await import('../sdk/sqs.js');
      this.#client = new sdk.SQSClient(await configure());
      return { sdk, client: this.#client };
    });
  }

  async getQueueUrl(
    input: { readonly QueueName: string; readonly QueueOwnerAWSAccountId?: string },
    options?: AwsCallOptions,
  ): Promise<{ readonly QueueUrl: string }> {
    const { sdk, client } = await this.#load();
    const answer = await client.send(new sdk.GetQueueUrlCommand(input), callOptions(options));
    if (!isText(answer.QueueUrl)) throw new UnreadableAnswer('it has no QueueUrl');
    return { QueueUrl: answer.QueueUrl };
  }

  async getQueueAttributes(
    { QueueUrl }: { readonly QueueUrl: string },
    options?: AwsCallOptions,
  ): Promise<Readonly<Record<string, string>>> {
    const { sdk, client } = await this.#load();
    // Requested by name: a standard queue rejects attributes of FIFO queues.
    const command = new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    const answer = await client.send(command, callOptions(options));
    return { ...answer.Attributes };
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
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
    });
    const answer = await client.send(command, callOptions(options));
    const messages = listOf<object>('Messages', answer.Messages, isObject);
    return messages.slice(0, input.MaxNumberOfMessages).map((message: Message) => ({
      ...(textOf(message.MessageId) ? { MessageId: message.MessageId } : {}),
      ...(textOf(message.ReceiptHandle) ? { ReceiptHandle: message.ReceiptHandle } : {}),
      ...(textOf(message.Body) ? { Body: message.Body } : {}),
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? '1') || 1,
      sentAtMs: Number(message.Attributes?.SentTimestamp) || null,
    }));
  }

  async deleteMessages(
    input: { readonly QueueUrl: string; readonly receiptHandles: readonly string[] },
    options?: AwsCallOptions,
  ): Promise<BatchFailures> {
    const { sdk, client } = await this.#load();
    const command = new sdk.DeleteMessageBatchCommand({
      QueueUrl: input.QueueUrl,
      Entries: input.receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
    });
    const answer = await client.send(command, callOptions(options));
    return failuresOf(input.receiptHandles, answer.Failed);
  }

  async changeMessageVisibilities(
    input: { readonly QueueUrl: string; readonly changes: readonly VisibilityChange[] },
    options?: AwsCallOptions,
  ): Promise<BatchFailures> {
    const { sdk, client } = await this.#load();
    const command = new sdk.ChangeMessageVisibilityBatchCommand({
      QueueUrl: input.QueueUrl,
      Entries: input.changes.map((change, index) => ({ Id: String(index), ...change })),
    });
    const answer = await client.send(command, callOptions(options));
    return failuresOf(
      input.changes.map(({ ReceiptHandle }) => ReceiptHandle),
      answer.Failed,
    );
  }

  close(): void {
    this.#client?.destroy();
  }
}

/** Entry ids are the indexes of the receipt handles. */
function failuresOf(
  receiptHandles: readonly string[],
  failed: readonly { readonly Id?: string | undefined }[] | undefined,
): BatchFailures {
  const ids = new Set((failed ?? []).map(({ Id }) => Id));
  return { failedReceiptHandles: receiptHandles.filter((_, index) => ids.has(String(index))) };
}
