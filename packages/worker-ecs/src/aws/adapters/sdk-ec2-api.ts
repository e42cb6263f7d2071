import type { EC2Client, EC2ClientConfig } from '@aws-sdk/client-ec2';
import { lazy } from '../../utilities/lazy.js';
import type { DescribeSubnetsInput, DescribeVpcsInput, Ec2Api, Ec2Filter, Ec2Subnet, Ec2Vpc } from '../ec2-api.js';
import type { AwsCallOptions } from '../ecs-api.js';
import { callOptions } from './sdk-values.js';

/** Amazon EC2 with the AWS SDK, which is loaded on the first call. */
export class SdkEc2Api implements Ec2Api {
  readonly #load: () => Promise<{ sdk: typeof import('../sdk/ec2.js'); client: EC2Client }>;
  #client: EC2Client | null = null;

  constructor(configure: () => Promise<EC2ClientConfig>) {
    this.#load = lazy(async () => {
      const sdk = await import('../sdk/ec2.js');
      this.#client = new sdk.EC2Client(await configure());
      return { sdk, client: this.#client };
    });
  }

  async describeVpcs(
    input: DescribeVpcsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly Vpcs: readonly Ec2Vpc[]; readonly NextToken: string | null }> {
    const { sdk, client } = await this.#load();
    const { VpcIds, Filters, ...page } = input;
    const command = new sdk.DescribeVpcsCommand({
      ...page,
      ...(VpcIds ? { VpcIds: [...VpcIds] } : {}),
      ...(Filters ? { Filters: Filters.map(toFilter) } : {}),
    });
    const answer = await client.send(command, callOptions(options));
    return { Vpcs: answer.Vpcs ?? [], NextToken: answer.NextToken ?? null };
  }

  async describeSubnets(
    input: DescribeSubnetsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly Subnets: readonly Ec2Subnet[]; readonly NextToken: string | null }> {
    const { sdk, client } = await this.#load();
    const { SubnetIds, Filters, ...page } = input;
    const command = new sdk.DescribeSubnetsCommand({
      ...page,
      ...(SubnetIds ? { SubnetIds: [...SubnetIds] } : {}),
      ...(Filters ? { Filters: Filters.map(toFilter) } : {}),
    });
    const answer = await client.send(command, callOptions(options));
    return { Subnets: answer.Subnets ?? [], NextToken: answer.NextToken ?? null };
  }

  close(): void {
    this.#client?.destroy();
  }
}

function toFilter(filter: Ec2Filter): { Name: string; Values: string[] } {
  return { Name: filter.Name, Values: [...filter.Values] };
}
