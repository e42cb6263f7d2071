import { WorkerError } from '@worker-host/core';
import type { AwsCredentialsValue } from './aws-credentials-value.js';

/** Nothing says which region is meant. */
export class AwsRegionMissingError extends WorkerError {
  readonly code = 'ECS_AWS_REGION_MISSING';

  constructor(profileName: string | null, options?: ErrorOptions) {
    super(
      `No AWS region is known [profile=${profileName ?? 'default'}]. ` +
        'Set region_name in aws_credentials, or AWS_REGION or AWS_DEFAULT_REGION, or a region in the AWS profile.',
      { ...options, details: { profileName } },
    );
  }
}

/** An environment, as the host read it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The region that credentials or environment name; null: left to the profile. The JavaScript SDK reads AWS_REGION only
 * and boto AWS_DEFAULT_REGION only: both are honoured, AWS_REGION first.
 */
export function namedRegion(credentials: AwsCredentialsValue | null, environment: Environment): string | null {
  const configured = credentials?.awsClientParameters?.config?.region_name;
  return (
    credentials?.regionName ||
    (typeof configured === 'string' ? configured : '') ||
    (credentials?.profileName ? null : environmentRegion(environment)) ||
    null
  );
}

/** The region of the environment; null: none. */
export function environmentRegion(environment: Environment): string | null {
  return environment.AWS_REGION || environment.AWS_DEFAULT_REGION || null;
}
