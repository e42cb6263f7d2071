import { WorkerError } from '@worker-host/core';
import { awsErrorText } from '../../aws/errors/aws-error-facts.js';

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
    const what = kind === null ? 'was not made by worker-host deploy' : `is of kind ${kind}`;
    super(`Stack '${stack}' ${what}, and is left alone. Choose another name with --name.`, { details: { stack } });
  }
}

/** There is no stack of that name that `worker-host deploy` made. */
export class StackNotFoundError extends WorkerError {
  readonly code = 'ECS_STACK_NOT_FOUND';

  constructor(stack: string) {
    super(`worker-host deploy made no stack '${stack}' here. List them with: worker-host deploy list`, {
      details: { stack },
    });
  }
}
