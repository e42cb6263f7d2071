import type { AwsCredentialsValue } from './aws-credentials-value.js';

/** An environment, as the host read it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the region in credentials or environment; null: left to the profile. The JavaScript SDK reads only
 * AWS_REGION, and boto only AWS_DEFAULT_REGION: both are supported, AWS_REGION first.
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

/** Returns the region in the environment; null: none. */
export function environmentRegion(environment: Environment): string | null {
  return environment.AWS_REGION || environment.AWS_DEFAULT_REGION || null;
}
