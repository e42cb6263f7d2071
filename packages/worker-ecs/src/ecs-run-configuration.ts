import type { BaseJobConfiguration, JsonObject } from '@worker-host/core';
import type { AwsCredentialsValue } from './aws/aws-credentials-value.js';

/** What launching, watching and stopping need of a configuration. */
export type EcsRunConfiguration = BaseJobConfiguration & {
  readonly awsCredentials: AwsCredentialsValue | null;
  /** Name or ARN; null or empty: the cluster `default`. */
  readonly cluster: string | null;
  /** Parameters of RunTask; its cluster overrides {@link cluster}. */
  readonly taskRunRequest: JsonObject;
  readonly containerName: string | null;
  /** Deprecated key `stream_output`: copies the output while the run runs. */
  readonly streamOutput: boolean;
};

/** The cluster that a configuration names: name or ARN. Null: the cluster `default`. */
export function clusterOf({ taskRunRequest, cluster }: EcsRunConfiguration): string | null {
  const { cluster: ofRequest } = taskRunRequest;
  return typeof ofRequest === 'string' && ofRequest !== '' ? ofRequest : cluster || null;
}
