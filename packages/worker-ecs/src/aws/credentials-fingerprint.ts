import { createHash } from 'node:crypto';
import type { AwsCredentialsValue } from './aws-credentials-value.js';

/** Equal for credentials that differ at most in region and client options. Contains no secret. */
export function credentialsFingerprint(credentials: AwsCredentialsValue | null): string {
  const { awsAccessKeyId, awsSecretAccessKey, awsSessionToken, profileName, assumeRoleArn, assumeRoleKwargs } =
    credentials ?? {};
  const who = [awsAccessKeyId, awsSecretAccessKey, awsSessionToken, profileName, assumeRoleArn].map(
    (part) => part || null,
  );
  const role = assumeRoleArn ? (assumeRoleKwargs ?? null) : null;
  return createHash('sha256')
    .update(JSON.stringify([...who, role]))
    .digest('hex');
}
