import type { AwsCallOptions } from './ecs-api.js';

/** The call to AWS STS that is made here. */
export interface StsApi {
  getCallerIdentity(
    options?: AwsCallOptions,
  ): Promise<{ readonly account: string | null; readonly arn: string | null }>;
}
