import type { ConfigurationProblem } from '@worker-host/core';
import type { AwsCredentials } from './aws-credentials.js';

/** The SDK would skip an incomplete pair of keys, and tasks would be started with other credentials than intended. */
export function accessKeyProblems({ awsAccessKeyId, awsSecretAccessKey }: AwsCredentials): ConfigurationProblem[] {
  if (Boolean(awsAccessKeyId) === Boolean(awsSecretAccessKey)) return [];
  const names = ['aws_access_key_id', 'aws_secret_access_key'] as const;
  const [given, missing] = awsAccessKeyId ? names : [names[1], names[0]];
  return [
    {
      path: `aws_credentials.${missing}`,
      expected: `the other half of ${given}`,
      found: 'nothing',
      suggestion: `both, or neither and a profile_name or the worker's own credentials`,
    },
  ];
}
