import type { AwsCallOptions } from './ecs-api.js';

/** The call to AWS STS that the worker makes. */
export interface StsApi {
  getCallerIdentity(
    options?: AwsCallOptions,
  ): Promise<{ readonly account: string | null; readonly arn: string | null }>;
}
