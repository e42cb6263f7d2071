import { WorkerError } from '@worker-host/core';

/** An assumption about AWS that the local AWS does not know, or an invalid value for one. */
export class LocalAwsAssumptionInvalidError extends WorkerError {
  readonly code = 'LOCAL_AWS_ASSUMPTION_INVALID';

  constructor(readonly problems: readonly string[]) {
    super(`Cannot change the assumptions about AWS: ${problems.join('; ')}. See docs/local-aws.md for their names.`, {
      details: { problems: [...problems] },
    });
  }
}
