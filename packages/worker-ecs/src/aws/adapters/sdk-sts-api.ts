import type { STSClient, STSClientConfig } from '@aws-sdk/client-sts';
import { lazy } from '../../utilities/lazy.js';
import { textOf } from '../connection/read-answer.js';
import type { AwsCallOptions } from '../ecs-api.js';
import type { StsApi } from '../sts-api.js';
import { callOptions } from './sdk-values.js';

/** AWS STS with the AWS SDK, which is loaded on the first call. */
export class SdkStsApi implements StsApi {
  readonly #load: () => Promise<{ sdk: typeof import('../sdk/sts.js'); client: STSClient }>;
  #client: STSClient | null = null;

  constructor(configure: () => Promise<STSClientConfig>) {
    this.#load = lazy(async () => {
      const sdk = await import('../sdk/sts.js');
      this.#client = new sdk.STSClient(await configure());
      return { sdk, client: this.#client };
    });
  }

  async getCallerIdentity(
    options?: AwsCallOptions,
  ): Promise<{ readonly account: string | null; readonly arn: string | null }> {
    const { sdk, client } = await this.#load();
    const answer = await client.send(new sdk.GetCallerIdentityCommand({}), callOptions(options));
    return { account: textOf(answer.Account), arn: textOf(answer.Arn) };
  }

  close(): void {
    this.#client?.destroy();
  }
}
