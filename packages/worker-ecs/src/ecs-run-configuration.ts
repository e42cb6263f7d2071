import type { BaseJobConfiguration } from '@worker-host/core';
import type { AwsCredentialsValue } from './aws/aws-credentials-value.js';

/** What launching, watching and stopping need of a configuration. */
export type EcsRunConfiguration = BaseJobConfiguration & {
  readonly awsCredentials: AwsCredentialsValue | null;
  /** Name or ARN; null or empty: the cluster `default`. */
  readonly cluster: string | null;
  readonly containerName: string | null;
  /** Deprecated key `stream_output`: copies the output while the run runs. */
  readonly streamOutput: boolean;
};
