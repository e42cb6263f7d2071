import { WorkerError } from '../errors/worker-error.js';
import type { ConfigurationProblem } from './field-type.js';

/** A configuration does not hold; carries every problem found. */
export class JobConfigurationError extends WorkerError {
  readonly code = 'JOB_CONFIGURATION_INVALID';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(`The job configuration is not valid:\n${problems.map((problem) => `  ${lineOf(problem)}`).join('\n')}`, {
      details: { problems: problems.map((problem) => ({ ...problem })) },
    });
  }
}

function lineOf({ path, expected, found, suggestion }: ConfigurationProblem): string {
  const advice = suggestion === null ? '' : ` Try ${suggestion}.`;
  return `${path}: expected ${expected}, found ${found}.${advice}`;
}
