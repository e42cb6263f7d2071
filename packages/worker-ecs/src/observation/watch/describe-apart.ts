import type { EcsTask } from '../../aws/ecs-api.js';
import { awsErrorFacts, isThrottle } from '../../aws/errors/aws-error-facts.js';

/** Result of describing tasks. */
export interface DescribedApart {
  readonly tasks: readonly EcsTask[];
  /** Tasks whose description is refused, by ARN, each with its error. Example: a task of another account. */
  readonly refused: ReadonlyMap<string, unknown>;
}

/**
 * Describes tasks so that one that ECS refuses does not affect the others: a refused call is halved until the refused
 * task is alone.
 */
export async function describeApart(
  describe: (taskArns: readonly string[]) => Promise<readonly EcsTask[]>,
  taskArns: readonly string[],
): Promise<DescribedApart> {
  try {
    return { tasks: await describe(taskArns), refused: new Map() };
  } catch (error) {
    const [first] = taskArns;
    if (!isRefusal(error) || first === undefined) throw error;
    if (taskArns.length === 1) return { tasks: [], refused: new Map([[first, error]]) };
    const middle = Math.ceil(taskArns.length / 2);
    const one = await describeApart(describe, taskArns.slice(0, middle));
    const other = await describeApart(describe, taskArns.slice(middle));
    return { tasks: [...one.tasks, ...other.tasks], refused: new Map([...one.refused, ...other.refused]) };
  }
}

function isRefusal(error: unknown): boolean {
  return awsErrorFacts(error).name === 'InvalidParameterException' && !isThrottle(error);
}
