import type { JsonObject } from '@worker-host/core';

/** Priority of a call that waits for the rate limit: stops first, then launches, then reads. */
export type CallPriority = 'stop' | 'launch' | 'watch';

/** Options of every call. */
export interface AwsCallOptions {
  /** Default: by the kind of call. */
  readonly priority?: CallPriority;
  /** Aborted: the call rejects with an `AbortError`, also while the client waits between two of its own retries. */
  readonly signal?: AbortSignal;
  /**
   * Called when the call's turn has come, immediately before its request is sent. What it throws the call rejects with, and
   * nothing is sent. Only `runTask` calls it.
   */
  readonly beforeSend?: () => void;
}

/** A tag of a task or task definition. */
export interface EcsTag {
  readonly key?: string;
  readonly value?: string;
}

/** A partial failure in a successful response of ECS. */
export interface EcsFailure {
  readonly arn?: string;
  readonly reason?: string;
  readonly detail?: string;
}

/** A container of a task. Times are RFC 3339. */
export interface EcsContainer {
  readonly containerArn?: string;
  readonly name?: string;
  readonly image?: string;
  readonly lastStatus?: string;
  /** Absent: it never ran, or ECS has no exit code. */
  readonly exitCode?: number | null;
  readonly reason?: string | null;
  readonly runtimeId?: string;
}

/**
 * A task, from DescribeTasks, RunTask or the `detail` of a task event: the same names, and times always as RFC 3339. Every
 * member can be missing: a repeated RunTask returns only ARN and statuses.
 */
export interface EcsTask {
  readonly taskArn?: string;
  readonly clusterArn?: string;
  readonly taskDefinitionArn?: string;
  readonly group?: string;
  readonly startedBy?: string;
  readonly launchType?: string;
  readonly capacityProviderName?: string;
  readonly availabilityZone?: string;
  readonly lastStatus?: string;
  readonly desiredStatus?: string;
  readonly stopCode?: string | null;
  readonly stoppedReason?: string | null;
  readonly containers?: readonly EcsContainer[];
  readonly tags?: readonly EcsTag[];
  /** Increases with every change that emits an event. */
  readonly version?: number;
  /** When PENDING was entered. */
  readonly createdAt?: string;
  readonly pullStartedAt?: string;
  readonly pullStoppedAt?: string;
  /** When RUNNING was entered. */
  readonly startedAt?: string;
  readonly stoppingAt?: string;
  readonly executionStoppedAt?: string;
  readonly stoppedAt?: string;
}

/** A task definition as returned by ECS, with its camelCase names. */
export type EcsTaskDefinition = JsonObject;

/** Parameters of RegisterTaskDefinition, with the names of AWS. */
export type RegisterTaskDefinitionInput = JsonObject;

/** Parameters of RunTask, with the names of AWS. `clientToken` and `startedBy` are added at the launch. */
export type RunTaskInput = JsonObject;

export interface TaskDefinitionAnswer {
  readonly taskDefinition: EcsTaskDefinition;
  /** Separate from the definition, and only if `TAGS` were requested. */
  readonly tags: readonly EcsTag[];
}

export interface RunTaskAnswer {
  readonly tasks: readonly EcsTask[];
  readonly failures: readonly EcsFailure[];
}

export interface DescribeTasksInput {
  /** Name or ARN; absent: the cluster `default`. */
  readonly cluster?: string;
  /** 1 to 100 ids or ARNs, all in this cluster. */
  readonly tasks: readonly string[];
  readonly include?: readonly 'TAGS'[];
}

export interface ListTasksInput {
  readonly cluster?: string;
  /** Excludes every other filter. */
  readonly startedBy?: string;
  readonly family?: string;
  /** Default: RUNNING, which includes tasks that are being provisioned. */
  readonly desiredStatus?: 'RUNNING' | 'STOPPED';
  /** 1 to 100. */
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListTasksAnswer {
  readonly taskArns: readonly string[];
  readonly nextToken: string | null;
}

export interface StopTaskInput {
  readonly cluster?: string;
  /** Full ARN. */
  readonly task: string;
  /** Becomes the task's `stoppedReason`. */
  readonly reason?: string;
}

/** The calls to Amazon ECS that the worker makes. Each rejects with an error whose `name` is AWS's error code. */
export interface EcsApi {
  registerTaskDefinition(input: RegisterTaskDefinitionInput, options?: AwsCallOptions): Promise<TaskDefinitionAnswer>;
  /** `taskDefinition`: ARN, `family:revision`, or family for its latest ACTIVE revision. */
  describeTaskDefinition(
    input: { readonly taskDefinition: string; readonly include?: readonly 'TAGS'[] },
    options?: AwsCallOptions,
  ): Promise<TaskDefinitionAnswer>;
  deregisterTaskDefinition(input: { readonly taskDefinition: string }, options?: AwsCallOptions): Promise<void>;
  runTask(input: RunTaskInput, options?: AwsCallOptions): Promise<RunTaskAnswer>;
  describeTasks(
    input: DescribeTasksInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly tasks: readonly EcsTask[]; readonly failures: readonly EcsFailure[] }>;
  listTasks(input: ListTasksInput, options?: AwsCallOptions): Promise<ListTasksAnswer>;
  /** Resolves with the task as returned for the stop request; null: the response contains none. */
  stopTask(input: StopTaskInput, options?: AwsCallOptions): Promise<EcsTask | null>;
}
