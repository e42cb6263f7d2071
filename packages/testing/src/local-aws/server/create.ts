import { SimulatedLauncher } from '../ecs/running/simulated-launcher.js';
import { AwsCore } from './aws-core.js';
import type { InProcessAws } from './local-aws.js';
import type { InProcessAwsOptions } from './options.js';

const BASE_URL = 'http://local-aws';

/**
 * Creates an in-process AWS. Tasks are simulated: they run by recipe or by a function of the caller, never as
 * processes. With a `clock` and a `seed`, the same calls at the same times get the same responses, including ids.
 */
export function createInProcessAws(options: InProcessAwsOptions = {}): InProcessAws {
  const core = new AwsCore(
    options,
    (clock) =>
      new SimulatedLauncher({
        clock,
        simulate: options.simulate ?? null,
        taskEnvironment: options.taskEnvironment ?? {},
        secrets: options.secrets ?? {},
      }),
  );
  return { ...core.surface(BASE_URL), close: () => core.close() };
}
