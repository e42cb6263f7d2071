import { isWorkerError, WorkerError } from '@worker-host/core';
import { accessDenialOf, adviceOnDenial } from '../../aws/errors/access-denial.js';
import { notReadyErrorOf } from '../../aws/errors/access-errors.js';
import { awsErrorText, isAwsError } from '../../aws/errors/aws-error-facts.js';

/** CloudFormation refused a deployment, or rolled it back. */
export class DeploymentRefusedError extends WorkerError {
  readonly code = 'ECS_DEPLOYMENT_REFUSED';

  constructor(stack: string, reason: string, options?: ErrorOptions) {
    super(
      `CloudFormation did not deploy stack '${stack}': ${reason.replace(/(?<!\.)\.+$/, '')}. Correct it, and run the command again.`,
      {
        ...options,
        details: { stack, reason },
      },
    );
  }

  static of(stack: string, cause: unknown): DeploymentRefusedError {
    return new DeploymentRefusedError(stack, awsErrorText(cause), { cause });
  }
}

/** There is a stack of the name, and `worker-host deploy` did not make it. */
export class StackConflictError extends WorkerError {
  readonly code = 'ECS_STACK_CONFLICT';

  constructor(stack: string, kind: string | null) {
    const what = kind === null ? 'was not created by worker-host deploy' : `is of kind ${kind}`;
    super(`Stack '${stack}' ${what}, so it was not changed. Choose another name with --name.`, { details: { stack } });
  }
}

/** There is no stack of that name that `worker-host deploy` made. */
export class StackNotFoundError extends WorkerError {
  readonly code = 'ECS_STACK_NOT_FOUND';

  constructor(stack: string) {
    super(`worker-host deploy created no stack '${stack}' here. List them with: worker-host deploy list`, {
      details: { stack },
    });
  }
}

/** The credentials may not ask CloudFormation. */
class DeploymentForbiddenError extends WorkerError {
  readonly code = 'ECS_DEPLOYMENT_FORBIDDEN';

  constructor(cause: unknown, advice: string) {
    super(`These credentials may not deploy: ${awsErrorText(cause)}. ${advice}`, { cause });
  }
}

/** CloudFormation cannot be asked here. */
class DeploymentUnavailableError extends WorkerError {
  readonly code = 'ECS_DEPLOYMENT_UNAVAILABLE';

  constructor(cause: unknown) {
    super(
      `CloudFormation cannot be asked: ${awsErrorText(cause)}. Check region, network and endpoint ` +
        '(AWS_REGION, AWS_ENDPOINT_URL), or deploy the template with another tool: worker-host deploy export-template KIND',
      { cause },
    );
  }
}

/** Converts an error of AWS; any other is returned unchanged. */
export function deploymentErrorOf(error: unknown): unknown {
  if (isWorkerError(error) || !isAwsError(error)) return error;
  const denial = accessDenialOf(error);
  if (denial !== null) return new DeploymentForbiddenError(error, adviceOnDenial(denial));
  return notReadyErrorOf(error) ?? new DeploymentUnavailableError(error);
}
