import type {
  ECSClient,
  ECSClientConfig,
  RegisterTaskDefinitionCommandInput,
  RunTaskCommandInput,
} from '@aws-sdk/client-ecs';
import { lazy } from '../../utilities/lazy.js';
import {
  assertHasEither,
  isObject,
  isTask,
  isText,
  listOf,
  textOf,
  UnreadableAnswer,
} from '../connection/read-answer.js';
import type {
  AwsCallOptions,
  DescribeTasksInput,
  EcsApi,
  EcsFailure,
  EcsTask,
  ListTasksAnswer,
  ListTasksInput,
  RegisterTaskDefinitionInput,
  RunTaskAnswer,
  RunTaskInput,
  StopTaskInput,
  TaskDefinitionAnswer,
} from '../ecs-api.js';
import { sendBodyAsGiven } from './body-as-given.js';
import { readTasks } from './read-tasks.js';
import { callOptions, jsonOf } from './sdk-values.js';
import { takeBody } from './take-body.js';

/** Amazon ECS with the AWS SDK, which is loaded on the first call. */
export class SdkEcsApi implements EcsApi {
  readonly #load: () => Promise<{ sdk: typeof import('../sdk/ecs.js'); client: ECSClient }>;
  #client: ECSClient | null = null;

  constructor(configure: () => Promise<ECSClientConfig>) {
    this.#load = lazy(async () => {
      const sdk = await import('../sdk/ecs.js');
      this.#client = new sdk.ECSClient(await configure());
      return { sdk, client: this.#client };
    });
  }

  async registerTaskDefinition(
    input: RegisterTaskDefinitionInput,
    options?: AwsCallOptions,
  ): Promise<TaskDefinitionAnswer> {
    const { sdk, client } = await this.#load();
    const command = new sdk.RegisterTaskDefinitionCommand(input as unknown as RegisterTaskDefinitionCommandInput);
    sendBodyAsGiven(command.middlewareStack);
    const answer = await client.send(command, callOptions(options));
    return readDefinition(answer);
  }

  async describeTaskDefinition(
    input: { readonly taskDefinition: string; readonly include?: readonly 'TAGS'[] },
    options?: AwsCallOptions,
  ): Promise<TaskDefinitionAnswer> {
    const { sdk, client } = await this.#load();
    const { include, ...rest } = input;
    const command = new sdk.DescribeTaskDefinitionCommand({ ...rest, ...(include ? { include: [...include] } : {}) });
    const answer = await client.send(command, callOptions(options));
    return readDefinition(answer);
  }

  async deregisterTaskDefinition(input: { readonly taskDefinition: string }, options?: AwsCallOptions): Promise<void> {
    const { sdk, client } = await this.#load();
    await client.send(new sdk.DeregisterTaskDefinitionCommand(input), callOptions(options));
  }

  async runTask(input: RunTaskInput, options?: AwsCallOptions): Promise<RunTaskAnswer> {
    const { sdk, client } = await this.#load();
    const command = new sdk.RunTaskCommand(input as unknown as RunTaskCommandInput);
    sendBodyAsGiven(command.middlewareStack);
    options?.beforeSend?.();
    return tasksOf(await client.send(command, callOptions(options)));
  }

  async describeTasks(
    input: DescribeTasksInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly tasks: readonly EcsTask[]; readonly failures: readonly EcsFailure[] }> {
    const { sdk, client } = await this.#load();
    const { tasks, include, ...rest } = input;
    const command = new sdk.DescribeTasksCommand({
      ...rest,
      tasks: [...tasks],
      ...(include ? { include: [...include] } : {}),
    });
    const bodyOf = takeBody(command.middlewareStack);
    const answer = await client.send(command, callOptions(options));
    const body = bodyOf();
    return body === null ? tasksOf(answer) : readTasks(body);
  }

  async listTasks(input: ListTasksInput, options?: AwsCallOptions): Promise<ListTasksAnswer> {
    const { sdk, client } = await this.#load();
    const answer = await client.send(new sdk.ListTasksCommand(input), callOptions(options));
    if (answer.taskArns === undefined) assertHasEither(answer, 'taskArns', 'nextToken');
    return { taskArns: listOf('taskArns', answer.taskArns, isText), nextToken: textOf(answer.nextToken) };
  }

  async stopTask(input: StopTaskInput, options?: AwsCallOptions): Promise<EcsTask | null> {
    const { sdk, client } = await this.#load();
    const { task } = await client.send(new sdk.StopTaskCommand(input), callOptions(options));
    return listOf('task', task ? [task] : [], isTask).map(toTask)[0] ?? null;
  }

  /** The region of the client, also if only a profile sets it. */
  async region(): Promise<string> {
    return (await this.#load()).client.config.region();
  }

  close(): void {
    this.#client?.destroy();
  }
}

/** @throws UnreadableAnswer for a response without a definition */
function readDefinition({ taskDefinition, tags }: { readonly taskDefinition?: unknown; readonly tags?: unknown }) {
  if (!isObject(taskDefinition)) throw new UnreadableAnswer('it has no taskDefinition');
  return { taskDefinition: jsonOf(taskDefinition), tags: listOf('tags', tags, isObject) };
}

/** @throws UnreadableAnswer for a response without tasks and failures; ECS always returns both */
function tasksOf(answer: { readonly tasks?: unknown; readonly failures?: unknown }) {
  assertHasEither(answer, 'tasks', 'failures');
  return {
    tasks: listOf('tasks', answer.tasks, isTask).map(toTask),
    failures: listOf('failures', answer.failures, isObject).map((failure) => jsonOf(failure) as EcsFailure),
  };
}

function toTask(task: object): EcsTask {
  return jsonOf(task) as EcsTask;
}
