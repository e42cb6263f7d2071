import { WorkerError } from '../errors/worker-error.js';
import { type ConfigurationProblem, problemDetails, problemLines } from './configuration-problem.js';

/** A configuration is invalid. Contains every problem found. */
export class JobConfigurationError extends WorkerError {
  readonly code = 'JOB_CONFIGURATION_INVALID';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(`The job configuration is invalid:${problemLines(problems)}`, { details: problemDetails(problems) });
  }
}
