import { WorkerError } from '@worker-host/core';

/** A requested fault is invalid. */
export class LocalAwsFaultInvalidError extends WorkerError {
  readonly code = 'LOCAL_AWS_FAULT_INVALID';

  constructor(readonly problems: readonly string[]) {
    super(`The fault cannot be used: ${problems.join('; ')}. See docs/local-aws.md for the kinds and their members.`, {
      details: { problems: [...problems] },
    });
  }
}
