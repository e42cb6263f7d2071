import type { BaseJobConfiguration, JsonObject } from '@worker-host/core';
import type { AwsCredentialsValue } from './aws/aws-credentials-value.js';

/** The part of a configuration that launching, watching and stopping need. */
export type EcsRunConfiguration = BaseJobConfiguration & {
  readonly awsCredentials: AwsCredentialsValue | null;
  /** Name or ARN; null or empty: the cluster `default`. */
  readonly cluster: string | null;
  /** Parameters of RunTask; its cluster overrides {@link cluster}. */
  readonly taskRunRequest: JsonObject;
  readonly containerName: string | null;
  /** Deprecated key `stream_output`: copies the output during the run. */
  readonly streamOutput: boolean;
};

/** Returns the cluster in a configuration: name or ARN. Null: the cluster `default`. */
export function clusterOf({ taskRunRequest, cluster }: EcsRunConfiguration): string | null {
  const { cluster: ofRequest } = taskRunRequest;
  return typeof ofRequest === 'string' && ofRequest !== '' ? ofRequest : cluster || null;
}
