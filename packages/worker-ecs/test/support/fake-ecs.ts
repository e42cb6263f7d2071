import { isJsonObject, type JsonObject } from '@worker-host/core';
import type {
  AwsCallOptions,
  DescribeTasksInput,
  EcsApi,
  EcsFailure,
  EcsTask,
  ListTasksInput,
  RunTaskAnswer,
  RunTaskInput,
  StopTaskInput,
} from '../../src/aws/ecs-api.js';

/** Creates an error as AWS returns it. */
export function awsError(name: string, message: string, more: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...more });
}

interface UsedToken {
  readonly parameters: string;
  readonly answer: RunTaskAnswer;
  readonly sinceMs: number;
}

type Mutable = { -readonly [K in keyof EcsTask]: EcsTask[K] };

const HOUR_MS = 3_600_000;

/**
 * A small in-memory ECS of one account and region: stores tokens and tasks by cluster, and can be made to fail. A cluster of
 * another account or region is not found. Tasks and their tokens are forgotten an hour after the end; all tokens after a day.
 */
export class FakeEcs implements EcsApi {
  readonly calls: { readonly operation: string; readonly input: unknown }[] = [];
  readonly tasks = new Map<string, Mutable>();
  readonly definitions = new Map<string, JsonObject>();
  /** Outcomes of the next calls of an operation, in order. */
  readonly script: { runTask: (Error | RunTaskAnswer | 'lost' | null)[] } & Record<string, (Error | unknown)[]> = {
    runTask: [],
  };
  /** Tasks that ECS does not return yet. */
  readonly invisible = new Set<string>();
  /** Tasks on which the next stop request has no effect. */
  readonly deafTo = new Set<string>();
  /** Called before RunTask is sent, like a rate limit. */
  beforeRunTask: () => Promise<void> = async () => {};
  /** Current time in milliseconds. */
  nowMs: () => number = () => 0;
  readonly #endedAtMs = new Map<string, number>();
  readonly #tokens = new Map<string, UsedToken>();
  #count = 0;

  constructor(
    readonly account = '123456789012',
    readonly region = 'us-east-1',
  ) {}

  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  /** A call that is aborted while it waits is not sent. */
  async runTask(input: RunTaskInput, { signal, beforeSend }: AwsCallOptions = {}): Promise<RunTaskAnswer> {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(awsError('AbortError', 'Request aborted')), { once: true });
    });
    aborted.catch(() => {});
    await Promise.race([this.beforeRunTask(), aborted]);
    beforeSend?.();
    if (signal?.aborted) throw awsError('AbortError', 'Request aborted');
    this.calls.push({ operation: 'runTask', input });
    const cluster = this.#cluster(input.cluster);
    const next = this.script.runTask.shift();
    if (next instanceof Error) throw next;
    const { clientToken, ...rest } = input;
    const token = `${cluster} ${String(clientToken)}`;
    const known = this.#tokens.get(token);
    if (known && this.#isKept(known)) {
      if (known.parameters === JSON.stringify(rest)) return known.answer;
      const resourceIds = known.answer.tasks.map(({ taskArn }) => taskArn);
      throw awsError('ConflictException', 'The token was used with other parameters.', { resourceIds });
    }
    const answer =
      next && next !== 'lost' ? (next as RunTaskAnswer) : { tasks: [this.#start(cluster, rest)], failures: [] };
    this.#tokens.set(token, { parameters: JSON.stringify(rest), answer, sinceMs: this.nowMs() });
    if (next === 'lost') throw awsError('TimeoutError', 'socket hang up', { $metadata: {} });
    return answer;
  }

  #isKept({ answer, sinceMs }: UsedToken): boolean {
    const isForgotten = answer.tasks.some(({ taskArn }) => this.#isForgotten(taskArn ?? ''));
    return !isForgotten && this.nowMs() - sinceMs < 24 * HOUR_MS;
  }

  #isForgotten(taskArn: string): boolean {
    return this.nowMs() - (this.#endedAtMs.get(taskArn) ?? Number.POSITIVE_INFINITY) >= HOUR_MS;
  }

  #isShown(taskArn: string | undefined): boolean {
    return taskArn !== undefined && !this.invisible.has(taskArn) && !this.#isForgotten(taskArn);
  }

  /** Returns the name of a cluster. @throws ClusterNotFoundException */
  #cluster(cluster: unknown): string {
    const text = typeof cluster === 'string' && cluster !== '' ? cluster : 'default';
    if (!text.startsWith('arn:')) return text;
    const [, name] = text.split(`arn:aws:ecs:${this.region}:${this.account}:cluster/`);
    if (!name) throw awsError('ClusterNotFoundException', 'Cluster not found.');
    return name;
  }

  #isIn(cluster: unknown): (task: EcsTask) => boolean {
    const part = `:task/${this.#cluster(cluster)}/`;
    return ({ taskArn }) => taskArn?.includes(part) ?? false;
  }

  #start(cluster: string, input: RunTaskInput): EcsTask {
    this.#count += 1;
    const id = String(this.#count).padStart(32, '0');
    const task: Mutable = {
      taskArn: `arn:aws:ecs:${this.region}:${this.account}:task/${cluster}/${id}`,
      clusterArn: `arn:aws:ecs:${this.region}:${this.account}:cluster/${cluster}`,
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

  /** Changes a task, as ECS would by itself. */
  step(taskArn: string, change: Partial<Mutable>): EcsTask {
    const task = this.tasks.get(taskArn);
    if (!task) throw new Error(`no task ${taskArn}`);
    Object.assign(task, change, { version: (task.version ?? 0) + 1 });
    if (task.lastStatus === 'STOPPED' && !this.#endedAtMs.has(taskArn)) this.#endedAtMs.set(taskArn, this.nowMs());
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
    const isIn = this.#isIn(input.cluster);
    const found = input.tasks.flatMap((arn) => {
      const task = this.tasks.get(arn);
      return task && isIn(task) && this.#isShown(arn) ? [{ ...task }] : [];
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
      .filter(this.#isIn(input.cluster))
      .filter(({ taskArn }) => this.#isShown(taskArn))
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

  /** A task that is not visible yet is not found; one that has ended is unchanged. */
  async stopTask(input: StopTaskInput): Promise<EcsTask> {
    this.calls.push({ operation: 'stopTask', input });
    this.#failIfScripted('stopTask');
    const isIn = this.#isIn(input.cluster);
    const task = this.tasks.get(input.task);
    if (!task || !isIn(task) || !this.#isShown(input.task)) {
      throw awsError('InvalidParameterException', 'The referenced task was not found.');
    }
    if (task.lastStatus === 'STOPPED' || this.deafTo.delete(input.task)) return { ...task };
    return this.step(input.task, {
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
