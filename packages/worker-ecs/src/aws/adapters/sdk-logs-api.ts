import type { CloudWatchLogsClient, CloudWatchLogsClientConfig } from '@aws-sdk/client-cloudwatch-logs';
import { lazy } from '../../utilities/lazy.js';
import { isObject, listOf, textOf } from '../connection/read-answer.js';
import type { AwsCallOptions } from '../ecs-api.js';
import type { FilteredLogEvent, FilterLogEventsInput, GetLogEventsInput, LogEvent, LogsApi } from '../logs-api.js';
import { callOptions } from './sdk-values.js';

/** CloudWatch Logs with the AWS SDK, which is loaded on the first call. */
export class SdkLogsApi implements LogsApi {
  readonly #load: () => Promise<{
    sdk: typeof import('../sdk/logs.js');
    client: CloudWatchLogsClient;
  }>;
  #client: CloudWatchLogsClient | null = null;

  constructor(configure: () => Promise<CloudWatchLogsClientConfig>) {
    this.#load = lazy(async () => {
      const sdk = await import('../sdk/logs.js');
      this.#client = new sdk.CloudWatchLogsClient(await configure());
      return { sdk, client: this.#client };
    });
  }

  async getLogEvents(
    input: GetLogEventsInput,
    options?: AwsCallOptions,
  ): Promise<{
    readonly events: readonly LogEvent[];
    readonly nextForwardToken: string | null;
    readonly nextBackwardToken: string | null;
  }> {
    const { sdk, client } = await this.#load();
    const answer = await client.send(new sdk.GetLogEventsCommand(input), callOptions(options));
    return {
      events: listOf<LogEvent>('events', answer.events, isObject),
      nextForwardToken: textOf(answer.nextForwardToken),
      nextBackwardToken: textOf(answer.nextBackwardToken),
    };
  }

  async filterLogEvents(
    { logStreamNames, ...input }: FilterLogEventsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly events: readonly FilteredLogEvent[]; readonly nextToken: string | null }> {
    const { sdk, client } = await this.#load();
    const command = new sdk.FilterLogEventsCommand({ ...input, logStreamNames: [...logStreamNames] });
    const answer = await client.send(command, callOptions(options));
    return { events: answer.events ?? [], nextToken: answer.nextToken ?? null };
  }

  close(): void {
    this.#client?.destroy();
  }
}
