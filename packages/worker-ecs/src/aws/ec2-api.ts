import type { AwsCallOptions } from './ecs-api.js';

/** A filter of an EC2 call, with the names of EC2. */
export interface Ec2Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

export interface Ec2Vpc {
  readonly VpcId?: string;
  readonly IsDefault?: boolean;
  readonly State?: string;
}

export interface Ec2Subnet {
  readonly SubnetId?: string;
  readonly VpcId?: string;
  readonly State?: string;
  readonly AvailabilityZone?: string;
  readonly AvailableIpAddressCount?: number;
  readonly MapPublicIpOnLaunch?: boolean;
  readonly DefaultForAz?: boolean;
  readonly Ipv6Native?: boolean;
  readonly OutpostArn?: string;
}

export interface DescribeVpcsInput {
  readonly VpcIds?: readonly string[];
  readonly Filters?: readonly Ec2Filter[];
  /** 5 to 1000. Not together with `VpcIds`. */
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

export interface DescribeSubnetsInput {
  readonly SubnetIds?: readonly string[];
  readonly Filters?: readonly Ec2Filter[];
  /** 5 to 1000. Not together with `SubnetIds`. */
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** The calls to Amazon EC2 that the worker makes: lookups of networks. One page per call. */
export interface Ec2Api {
  describeVpcs(
    input: DescribeVpcsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly Vpcs: readonly Ec2Vpc[]; readonly NextToken: string | null }>;
  describeSubnets(
    input: DescribeSubnetsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly Subnets: readonly Ec2Subnet[]; readonly NextToken: string | null }>;
}
