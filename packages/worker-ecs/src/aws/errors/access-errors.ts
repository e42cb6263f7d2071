import { isWorkerError, LaunchRefused, shownAddress, WorkerError, WorkerNotReadyError } from '@worker-host/core';
import { accessDenialOf, adviceOnDenial } from './access-denial.js';
import { awsErrorFacts, awsErrorText, isAwsError, isCredentialFailure } from './aws-error-facts.js';

const TYPE = 'ecs';
const MEND_CREDENTIALS =
  'Renew them (for SSO: aws sso login), or change aws_credentials of the work pool, or the role or profile that the worker ' +
  'uses; check the clock of the machine.';

/** Credentials of the worker or of its pool are missing, expired or rejected. */
export class AwsCredentialsError extends WorkerNotReadyError {
  override readonly code: string = 'ECS_AWS_CREDENTIALS_UNUSABLE';

  constructor(cause: unknown) {
    super(TYPE, `AWS credentials are missing, expired or refused (${awsErrorText(cause)}). ${MEND_CREDENTIALS}`, {
      cause,
    });
  }
}

/** The profile of the credentials provides no keys. */
export class AwsProfileError extends WorkerNotReadyError {
  override readonly code = 'ECS_AWS_PROFILE_UNUSABLE';

  constructor(profileName: string, options?: ErrorOptions) {
    const why = options?.cause instanceof Error ? `: ${options.cause.message}` : '';
    super(
      TYPE,
      `the AWS profile provides no credentials [profile_name=${profileName}]${why}. ` +
        "Add it to the AWS configuration files of the worker's machine, or correct profile_name in aws_credentials.",
      options,
    );
  }
}

/** The role of the credentials cannot be assumed. */
export class AwsRoleError extends WorkerNotReadyError {
  override readonly code = 'ECS_AWS_ROLE_REFUSED';

  constructor(roleArn: string, options?: ErrorOptions) {
    super(
      TYPE,
      `the role cannot be assumed [assume_role_arn=${roleArn}] (${awsErrorText(options?.cause)}). ` +
        "Allow the worker's credentials sts:AssumeRole on it, name them in its trust policy, or correct assume_role_arn.",
      options,
    );
  }
}

/** No region is configured. */
export class AwsRegionMissingError extends WorkerNotReadyError {
  override readonly code = 'ECS_AWS_REGION_MISSING';

  constructor(profileName: string | null, options?: ErrorOptions) {
    super(
      TYPE,
      `no AWS region is configured [profile=${profileName ?? 'default'}]. ` +
        'Set region_name in aws_credentials, or AWS_REGION or AWS_DEFAULT_REGION, or a region in the AWS profile.',
      options,
    );
  }
}

/** An endpoint for AWS is not a valid URL. */
export class AwsEndpointInvalidError extends WorkerNotReadyError {
  override readonly code = 'ECS_AWS_ENDPOINT_INVALID';

  constructor(name: string, address: string) {
    super(
      TYPE,
      `${name} is no URL: '${shownAddress(address)}'. Set it to an address such as http://127.0.0.1:4566, or unset it.`,
    );
  }
}

/** AWS does not respond. */
export class AwsUnreachableError extends WorkerNotReadyError {
  override readonly code = 'ECS_AWS_UNREACHABLE';

  constructor(why: string, options?: ErrorOptions) {
    super(
      TYPE,
      `AWS does not respond (${why}). Check network, proxy and endpoint (AWS_ENDPOINT_URL, region).`,
      options,
    );
  }
}

/** The cluster of the pool does not exist, so that nothing could be launched in it. */
export class ClusterMissingError extends WorkerNotReadyError {
  override readonly code = 'ECS_CLUSTER_NOT_FOUND';

  constructor(cluster: string | null, region: string, cause: unknown) {
    super(
      TYPE,
      `cluster '${cluster ?? 'default'}' does not exist in ${region}. Set the cluster or the region of the work pool, or create it; ` +
        '`worker-host doctor` checks the whole pool.',
      { cause },
    );
  }
}

/** Credentials of the run only (from its job variables) are missing, expired or rejected. */
export class RunCredentialsRefusedError extends LaunchRefused {
  override readonly code = 'ECS_RUN_CREDENTIALS_REFUSED';

  constructor(flowRunId: string, cause: unknown) {
    super(
      `The credentials of the run's own job variables are refused [flowRunId=${flowRunId}] (${awsErrorText(cause)}). ` +
        'Nothing was launched. Correct the job variable aws_credentials.',
      { cause, details: { flowRunId } },
    );
  }
}

/** A call to AWS failed. The host retries it; the run is unaffected. */
export class AwsCallFailedError extends WorkerError {
  readonly code = 'ECS_AWS_CALL_FAILED';

  constructor(cause: unknown) {
    const { operation, region } = awsErrorFacts(cause);
    const denial = accessDenialOf(cause);
    super(
      `A call to AWS failed: ${awsErrorText(cause)}. ${denial ? `${adviceOnDenial(denial)} ` : ''}The worker retries it.`,
      {
        cause,
        details: { operation, region },
      },
    );
  }
}

/** Converts an error that is the worker's fault. Null: it is not. */
export function notReadyErrorOf(error: unknown): WorkerNotReadyError | null {
  if (error instanceof WorkerNotReadyError) return error;
  return isCredentialFailure(error) ? new AwsCredentialsError(error) : null;
}

/** Converts an error for the host: AWS's errors become errors of the plugin, any other is returned unchanged. */
export function hostErrorOf(error: unknown): unknown {
  if (isWorkerError(error)) return error;
  return notReadyErrorOf(error) ?? (isAwsError(error) ? new AwsCallFailedError(error) : error);
}
