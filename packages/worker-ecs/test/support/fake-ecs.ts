import { isJsonObject, type JsonObject } from '@worker-host/core';
import type {
  DescribeTasksInput,
  EcsApi,
  EcsFailure,
  EcsTask,
  ListTasksInput,
  RunTaskAnswer,
  RunTaskInput,
  StopTaskInput,
} from '../../src/aws/ecs-api.js';

/** An error as AWS gives it. */
export function awsError(name: string, message: string, more: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...more });
}

type Mutable = { -readonly [K in keyof EcsTask]: EcsTask[K] };

/** A small ECS: remembers tokens and tasks, answers from memory, and can be told to fail. */
export class FakeEcs implements EcsApi {
  readonly calls: { readonly operation: string; readonly input: unknown }[] = [];
  readonly tasks = new Map<string, Mutable>();
  readonly definitions = new Map<string, JsonObject>();
  /** Taken by the next calls of an operation, in order. */
  readonly script: { runTask: (Error | RunTaskAnswer | 'lost' | null)[] } & Record<string, (Error | unknown)[]> = {
    runTask: [],
  };
  readonly invisible = new Set<string>();
  readonly #tokens = new Map<string, { readonly parameters: string; readonly answer: RunTaskAnswer }>();
  #count = 0;

  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  async runTask(input: RunTaskInput): Promise<RunTaskAnswer> {
    this.calls.push({ operation: 'runTask', input });
    const next = this.script.runTask.shift();
    if (next instanceof Error) throw next;
    const { clientToken, ...rest } = input;
    const token = `${String(input.cluster ?? 'default')} ${String(clientToken)}`;
    const known = this.#tokens.get(token);
    if (known) {
      if (known.parameters === JSON.stringify(rest)) return known.answer;
      const resourceIds = known.answer.tasks.map(({ taskArn }) => taskArn);
      throw awsError('ConflictException', 'The token was used with other parameters.', { resourceIds });
    }
    const answer = next && next !== 'lost' ? (next as RunTaskAnswer) : { tasks: [this.#start(rest)], failures: [] };
    this.#tokens.set(token, { parameters: JSON.stringify(rest), answer });
    if (next === 'lost') throw awsError('TimeoutError', 'socket hang up', { $metadata: {} });
    return answer;
  }

  #start(input: RunTaskInput): EcsTask {
    this.#count += 1;
    const cluster = String(input.cluster ?? 'default');
    const id = String(this.#count).padStart(32, '0');
    const task: Mutable = {
      taskArn: `arn:aws:ecs:us-east-1:123456789012:task/${cluster}/${id}`,
      clusterArn: `arn:aws:ecs:us-east-1:123456789012:cluster/${cluster}`,
      taskDefinitionArn: String(input.taskDefinition ?? 'arn:aws:ecs:us-east-1:123456789012:task-definition/etl:1'),
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      startedBy: String(input.startedBy ?? ''),
      tags: Array.isArray(input.tags) ? (input.tags.filter(isJsonObject) as EcsTask['tags'] & object) : [],
      containers: [{ name: 'prefect', lastStatus: 'PENDING' }],
      version: 1,
      createdAt: '2026-01-01T00:00:00Z',
    };
    this.tasks.set(task.taskArn ?? '', task);
    return { ...task };
  }

  /** Changes a task, as ECS would of itself. */
  step(taskArn: string, change: Partial<Mutable>): EcsTask {
    const task = this.tasks.get(taskArn);
    if (!task) throw new Error(`no task ${taskArn}`);
    Object.assign(task, change, { version: (task.version ?? 0) + 1 });
    return { ...task };
  }

  /** Ends a task. */
  end(taskArn: string, exitCode: number | undefined, change: Partial<Mutable> = {}): EcsTask {
    return this.step(taskArn, {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'prefect', lastStatus: 'STOPPED', ...(exitCode === undefined ? {} : { exitCode }) }],
      startedAt: '2026-01-01T00:00:10Z',
      stoppedAt: '2026-01-01T00:00:20Z',
      ...change,
    });
  }

  async describeTasks(
    input: DescribeTasksInput,
  ): Promise<{ readonly tasks: readonly EcsTask[]; readonly failures: readonly EcsFailure[] }> {
    this.calls.push({ operation: 'describeTasks', input });
    this.#failIfScripted('describeTasks');
    const found = input.tasks.flatMap((arn) => {
      const task = this.tasks.get(arn);
      return task && !this.invisible.has(arn) ? [{ ...task }] : [];
    });
    const failures = input.tasks
      .filter((arn) => !found.some(({ taskArn }) => taskArn === arn))
      .map((arn) => ({ arn, reason: 'MISSING' }));
    return { tasks: found, failures };
  }

  async listTasks(
    input: ListTasksInput,
  ): Promise<{ readonly taskArns: readonly string[]; readonly nextToken: string | null }> {
    this.calls.push({ operation: 'listTasks', input });
    this.#failIfScripted('listTasks');
    const wanted = input.desiredStatus ?? 'RUNNING';
    const found = [...this.tasks.values()]
      .filter((task) => task.desiredStatus === wanted)
      .filter((task) => input.startedBy === undefined || task.startedBy === input.startedBy)
      .map(({ taskArn }) => taskArn ?? '');
    const from = Number(input.nextToken ?? 0);
    const size = input.maxResults ?? 100;
    return {
      taskArns: found.slice(from, from + size),
      nextToken: from + size < found.length ? String(from + size) : null,
    };
  }

  async stopTask(input: StopTaskInput): Promise<void> {
    this.calls.push({ operation: 'stopTask', input });
    this.#failIfScripted('stopTask');
    if (!this.tasks.has(input.task)) throw awsError('InvalidParameterException', 'The referenced task was not found.');
    this.step(input.task, {
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      ...(input.reason ? { stoppedReason: input.reason } : {}),
      tags: [],
    });
  }

  async registerTaskDefinition(input: JsonObject): Promise<{ readonly taskDefinition: JsonObject; readonly tags: [] }> {
    this.calls.push({ operation: 'registerTaskDefinition', input });
    this.#failIfScripted('registerTaskDefinition');
    return { taskDefinition: input, tags: [] };
  }

  async describeTaskDefinition(input: {
    readonly taskDefinition: string;
  }): Promise<{ readonly taskDefinition: JsonObject; readonly tags: [] }> {
    this.calls.push({ operation: 'describeTaskDefinition', input });
    this.#failIfScripted('describeTaskDefinition');
    const found = this.definitions.get(input.taskDefinition);
    if (!found) throw awsError('ClientException', 'Unable to describe task definition.');
    return { taskDefinition: found, tags: [] };
  }

  async deregisterTaskDefinition(input: { readonly taskDefinition: string }): Promise<void> {
    this.calls.push({ operation: 'deregisterTaskDefinition', input });
    this.#failIfScripted('deregisterTaskDefinition');
  }

  #failIfScripted(operation: string): void {
    const next = this.script[operation]?.shift();
    if (next instanceof Error) throw next;
  }
}
