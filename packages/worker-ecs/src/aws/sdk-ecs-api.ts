import type {
  ECSClient,
  ECSClientConfig,
  RegisterTaskDefinitionCommandInput,
  RunTaskCommandInput,
  Task,
} from '@aws-sdk/client-ecs';
import { sendBodyAsGiven } from './body-as-given.js';
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
} from './ecs-api.js';
import { lazy } from './lazy.js';
import { callOptions, jsonOf } from './sdk-values.js';

/** Amazon ECS by the AWS SDK, which is loaded on the first call. */
export class SdkEcsApi implements EcsApi {
  readonly #load: () => Promise<{ sdk: typeof import('@aws-sdk/client-ecs'); client: ECSClient }>;
  #client: ECSClient | null = null;

  constructor(configure: () => Promise<ECSClientConfig>) {
    this.#load = lazy(async () => {
      const sdk = await import('@aws-sdk/client-ecs');
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
    return { taskDefinition: jsonOf(answer.taskDefinition), tags: answer.tags ?? [] };
  }

  async describeTaskDefinition(
    input: { readonly taskDefinition: string; readonly include?: readonly 'TAGS'[] },
    options?: AwsCallOptions,
  ): Promise<TaskDefinitionAnswer> {
    const { sdk, client } = await this.#load();
    const { include, ...rest } = input;
    const command = new sdk.DescribeTaskDefinitionCommand({ ...rest, ...(include ? { include: [...include] } : {}) });
    const answer = await client.send(command, callOptions(options));
    return { taskDefinition: jsonOf(answer.taskDefinition), tags: answer.tags ?? [] };
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
    const answer = await client.send(command, callOptions(options));
    return { tasks: (answer.tasks ?? []).map(toTask), failures: (answer.failures ?? []) as EcsFailure[] };
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
    const answer = await client.send(command, callOptions(options));
    return { tasks: (answer.tasks ?? []).map(toTask), failures: (answer.failures ?? []) as EcsFailure[] };
  }

  async listTasks(input: ListTasksInput, options?: AwsCallOptions): Promise<ListTasksAnswer> {
    const { sdk, client } = await this.#load();
    const answer = await client.send(new sdk.ListTasksCommand(input), callOptions(options));
    return { taskArns: answer.taskArns ?? [], nextToken: answer.nextToken ?? null };
  }

  async stopTask(input: StopTaskInput, options?: AwsCallOptions): Promise<EcsTask | null> {
    const { sdk, client } = await this.#load();
    const { task } = await client.send(new sdk.StopTaskCommand(input), callOptions(options));
    return task ? toTask(task) : null;
  }

  /** The region the client works in, also when only a profile names it. */
  async region(): Promise<string> {
    return (await this.#load()).client.config.region();
  }

  close(): void {
    this.#client?.destroy();
  }
}

function toTask(task: Task): EcsTask {
  return jsonOf(task) as EcsTask;
}
