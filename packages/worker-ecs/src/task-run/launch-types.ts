import type { Attempt, FlowRun, Logger, RunProgress } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTask, EcsTaskDefinition, RunTaskInput } from '../aws/ecs-api.js';
import type { EcsRunConfiguration } from '../ecs-run-configuration.js';
import { TAG } from '../observation/events/task-event.js';
import type { EcsLaunchPlace } from '../place/ecs-launch-place.js';

/** A prepared task run: everything decided, nothing launched. */
export interface PreparedTaskRun {
  /** RunTask's parameters, without `clientToken` and `startedBy`. A pure function of the stored data of the run. */
  readonly request: RunTaskInput;
  /** The definition that the request names, as registered in ECS, with its `taskDefinitionArn`. */
  readonly taskDefinition: EcsTaskDefinition;
  /** Name of the container whose end is the run's end. */
  readonly containerName: string;
  /** True: the worker configured CloudWatch Logs for it (`configure_cloudwatch_logs`). */
  readonly configuresLogs?: boolean;
}

/** Input of a launch. */
export interface LaunchOrder {
  /** Clients for the stored place, if there is one. */
  readonly clients: AwsClients;
  readonly flowRunId: string;
  readonly attempt: Attempt;
  /** Number of the launch within the attempt; 0 is the first. */
  readonly relaunch: number;
  /** True: an earlier owner or attempt may have sent this launch; it is searched for before anything is sent. */
  readonly mayHaveLaunched: boolean;
  /** Stored place: the launch is searched for and sent there, with the token of that number. Null: none. */
  readonly place: EcsLaunchPlace | null;
  /** Cluster to search if no place was stored: name or ARN. Null: the cluster `default`. */
  readonly cluster: string | null;
  /** When aborted, the host releases the run; the launch rejects with its reason. */
  readonly signal: AbortSignal;
  /** When aborted, the run must not be launched any more; rejects with its reason unless the task already exists. */
  readonly cancelled: AbortSignal;
  readonly logger: Logger;
  /**
   * Prepares the launch. Called again with `renew` if the definition is inactive or no longer exists.
   *
   * @throws LaunchRefused, or transient errors.
   */
  prepare(renew: boolean): Promise<PreparedTaskRun>;
  /** Stores where the launch is sent, and the request; awaited before each token that is not stored yet. */
  launching(place: EcsLaunchPlace, request: RunTaskInput): Promise<void>;
  /** Throws if another worker may own the run; called immediately before each request that launches. */
  assertOwned(): void;
  progress(progress: RunProgress): void;
}

/** An existing task. */
export interface LaunchedTask {
  readonly task: EcsTask & { readonly taskArn: string };
  /** ARN of its cluster; the name if no ARN is known. */
  readonly clusterArn: string;
  /** True: it already existed, launched for this attempt by an earlier call. */
  readonly adopted: boolean;
  /** What was launched. Null: the task was found before anything was prepared. */
  readonly prepared: PreparedTaskRun | null;
}

/** Launches one task per attempt, even if responses are lost. */
export interface TaskLauncher {
  /** @throws LaunchRefused if certainly nothing was launched; transient errors; the signals' reasons. */
  launch(order: LaunchOrder): Promise<LaunchedTask>;
}

/** Prepares a task run: definition found or registered and checked, request rendered. Launches nothing. */
export interface TaskRunPreparer<Configuration = EcsRunConfiguration> {
  /** @throws the problems of the configuration, or AWS's errors about definition and network. */
  prepare(
    configuration: Configuration,
    flowRun: FlowRun,
    clients: AwsClients,
    options: {
      readonly signal: AbortSignal;
      readonly logger: Logger;
      /** True: the definition used last is inactive or no longer exists; another one must be found or registered. */
      readonly renew: boolean;
    },
  ): Promise<PreparedTaskRun>;
  /** Looks up and caches what the runs of a pool share. */
  prewarm(configuration: Configuration, clients: AwsClients): Promise<void>;
}

/** Returns the definition of a launch, if it is completely known. Null: it must be described. */
export function definitionOf(prepared: PreparedTaskRun | null): EcsTaskDefinition | null {
  const definition = prepared?.taskDefinition;
  return definition?.containerDefinitions === undefined ? null : definition;
}

/** Returns whether the request has the tag by which its definition is deregistered at the end. */
export function isTaggedToDeregister(prepared: PreparedTaskRun | null): boolean {
  const tags = Array.isArray(prepared?.request.tags) ? prepared.request.tags : [];
  return tags.some((tag) => JSON.stringify(tag) === JSON.stringify({ key: TAG.deregister, value: 'true' }));
}
