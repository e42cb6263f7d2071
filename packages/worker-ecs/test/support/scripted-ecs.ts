import type { AwsCallOptions, DescribeTasksInput, EcsApi, EcsTask, ListTasksInput } from '../../src/aws/ecs-api.js';
import { FakeEcs } from './fake-ecs.js';

/** A response of ListTasks. */
export interface TaskPage {
  readonly taskArns: readonly string[];
  readonly nextToken: string | null;
}

/** An ECS with scripted responses about tasks, including those that only an inconsistent ECS returns. */
export function scriptedEcs(answers: {
  readonly list?: (input: ListTasksInput) => TaskPage;
  readonly describe?: (input: DescribeTasksInput) => readonly EcsTask[];
}) {
  const lists: ListTasksInput[] = [];
  const describes: DescribeTasksInput[] = [];
  const options: AwsCallOptions[] = [];
  const ecs: EcsApi = Object.assign(new FakeEcs(), {
    listTasks: async (input: ListTasksInput, given: AwsCallOptions = {}) => {
      lists.push(input);
      options.push(given);
      return answers.list?.(input) ?? { taskArns: [], nextToken: null };
    },
    describeTasks: async (input: DescribeTasksInput, given: AwsCallOptions = {}) => {
      describes.push(input);
      options.push(given);
      return { tasks: answers.describe?.(input) ?? [], failures: [] };
    },
  });
  return { ecs, lists, describes, options };
}
