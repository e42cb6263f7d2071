import { WorkerError } from '@worker-host/core';

/** A profile that the credentials name gives no keys. */
export class AwsProfileError extends WorkerError {
  readonly code = 'ECS_AWS_PROFILE_UNUSABLE';

  constructor(profileName: string, options?: ErrorOptions) {
    const why = options?.cause instanceof Error ? `: ${options.cause.message}` : '';
    super(
      `The AWS profile gives no credentials [profile_name=${profileName}]${why}. ` +
        "Add it to the AWS configuration files of the worker's machine, or mend profile_name in aws_credentials.",
      { ...options, details: { profileName } },
    );
  }
}
