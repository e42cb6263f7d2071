import { isServerFault } from '../../api/poisoned-runs.js';
import { isRefusal } from '../../rest/rest-errors.js';

/** Number of consecutive responses with 500 after which a request counts as failing permanently. */
const MOST_FAULTS = 3;

/**
 * Distinguishes temporary failures of a request from those that last: a refusal, such as 403 for a role without the permission,
 * and responses with 500 while the rest of the server works.
 */
export class LastingFailures {
  #faults = 0;
  #isReported = false;

  /** @param report called with the first lasting failure, and again after a success in between */
  constructor(private readonly report: (error: unknown) => void) {}

  noteSuccess(): void {
    this.#faults = 0;
    this.#isReported = false;
  }

  /** Returns if the failure lasts. @throws the error if it may be temporary */
  tolerate(error: unknown): void {
    if (isServerFault(error)) {
      this.#faults += 1;
      if (this.#faults < MOST_FAULTS) throw error;
    } else if (!isRefusal(error)) throw error;
    if (!this.#isReported) this.report(error);
    this.#isReported = true;
  }
}
