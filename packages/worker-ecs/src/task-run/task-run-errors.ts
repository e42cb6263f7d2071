import { type ConfigurationProblem, LaunchRefused, problemDetails, problemLines } from '@worker-host/core';

/** ECS would reject the request; contains every problem and how to fix it. */
export class TaskRunRequestError extends LaunchRefused {
  override readonly code = 'ECS_TASK_RUN_REQUEST_INVALID';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(`ECS would reject this request:${problemLines(problems)}`, { details: problemDetails(problems) });
  }
}

/** No network was found for the task. */
export class NetworkNotFoundError extends LaunchRefused {
  override readonly code = 'ECS_NETWORK_NOT_FOUND';

  constructor(
    readonly problem: ConfigurationProblem,
    options?: ErrorOptions,
  ) {
    super(`No network for the task:${problemLines([problem])}`, { ...options, details: problemDetails([problem]) });
  }
}
