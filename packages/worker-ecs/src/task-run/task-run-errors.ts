import { type ConfigurationProblem, WorkerError } from '@worker-host/core';

/** ECS would refuse the request; carries every problem with the way out. */
export class TaskRunRequestError extends WorkerError {
  readonly code = 'ECS_TASK_RUN_REQUEST_INVALID';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(
      `ECS would refuse this task run:\n${problems
        .map(({ path, expected, found, suggestion }) => {
          const advice = suggestion === null ? '' : ` Try ${suggestion}.`;
          return `  ${path}: expected ${expected}, found ${found}.${advice}`;
        })
        .join('\n')}`,
      { details: { problems: problems.map((problem) => ({ ...problem })) } },
    );
  }
}

/** No network can be found for the task. */
export class NetworkNotFoundError extends WorkerError {
  readonly code = 'ECS_NETWORK_NOT_FOUND';

  constructor(what: string, advice: string, options?: ErrorOptions) {
    super(`No network for the task: ${what} ${advice}`, { ...options, details: { what, advice } });
  }
}
