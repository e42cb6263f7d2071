import { type ConfigurationProblem, LaunchRefused, problemDetails, problemLines } from '@worker-host/core';

/** ECS would refuse the request; carries every problem with the way out. */
export class TaskRunRequestError extends LaunchRefused {
  override readonly code = 'ECS_TASK_RUN_REQUEST_INVALID';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(`ECS would reject this request:${problemLines(problems)}`, { details: problemDetails(problems) });
  }
}

/** No network can be found for the task. */
export class NetworkNotFoundError extends LaunchRefused {
  override readonly code = 'ECS_NETWORK_NOT_FOUND';

  constructor(
    readonly problem: ConfigurationProblem,
    options?: ErrorOptions,
  ) {
    super(`No network for the task:${problemLines([problem])}`, { ...options, details: problemDetails([problem]) });
  }
}
