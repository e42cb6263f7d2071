import type { Attempt, FlowRun, Logger, RunProgress } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTask, EcsTaskDefinition, RunTaskInput } from '../aws/ecs-api.js';
import type { EcsRunConfiguration } from '../ecs-run-configuration.js';
import { TAG } from '../observation/events/task-event.js';
import type { EcsLaunchPlace } from '../place/ecs-launch-place.js';

/** A task run as the configuration side hands it over: everything decided, nothing launched. */
export interface PreparedTaskRun {
  /** RunTask's parameters, without `clientToken` and `startedBy`. A pure function of what is stored of the run. */
  readonly request: RunTaskInput;
  /** The definition the request names, as ECS has it, with its `taskDefinitionArn`. */
  readonly taskDefinition: EcsTaskDefinition;
  /** Name of the container whose end is the run's end. */
  readonly containerName: string;
  /** True: the worker itself configured CloudWatch Logs for it (`configure_cloudwatch_logs`). */
  readonly configuresLogs?: boolean;
}

/** A launch to be made. */
export interface LaunchOrder {
  /** Of the place, where one was stored. */
  readonly clients: AwsClients;
  readonly flowRunId: string;
  readonly attempt: Attempt;
  /** Which launch of the attempt: 0 the first. */
  readonly relaunch: number;
  /** True: an earlier owner or an earlier try may have sent this very launch; it is searched for before anything is sent. */
  readonly mayHaveLaunched: boolean;
  /** Where it was about to be sent, as stored: it is searched for and sent there, with the token of that row. Null: nowhere. */
  readonly place: EcsLaunchPlace | null;
  /** Cluster in which it is searched for where no place was stored: name or ARN. Null: the cluster `default`. */
  readonly cluster: string | null;
  /** Aborted: the host releases the run; the launch rejects with its reason. */
  readonly signal: AbortSignal;
  /** Aborted: the run shall not be launched any more; rejects with its reason unless the task exists already. */
  readonly cancelled: AbortSignal;
  readonly logger: Logger;
  /**
   * Prepares the launch. Called again with `renew` when the definition turns out to be inactive or gone.
   *
   * @throws LaunchRefused, and what may pass.
   */
  prepare(renew: boolean): Promise<PreparedTaskRun>;
  /** Stores where it is about to be sent; awaited before each token that is not stored yet. */
  launching(place: EcsLaunchPlace): Promise<void>;
  /** Throws when another worker may own the run by now; called immediately before each request that launches. */
  assertOwned(): void;
  progress(progress: RunProgress): void;
}

/** A task that exists. */
export interface LaunchedTask {
  readonly task: EcsTask & { readonly taskArn: string };
  /** ARN of its cluster; the name where no ARN is known. */
  readonly clusterArn: string;
  /** True: it was there already, launched for this very attempt by an earlier call. */
  readonly adopted: boolean;
  /** What was launched in the end. Null: the task was found before anything was prepared. */
  readonly prepared: PreparedTaskRun | null;
}

/** Launches one task for one attempt, whatever is lost on the way. */
export interface TaskLauncher {
  /** @throws LaunchRefused where nothing was launched for certain; errors that may pass; the signals' reasons. */
  launch(order: LaunchOrder): Promise<LaunchedTask>;
}

/** Prepares a task run: definition found or registered and checked, request rendered. Launches nothing. */
export interface TaskRunPreparer<Configuration = EcsRunConfiguration> {
  /** @throws what is wrong with the configuration, or what AWS says of definition and network. */
  prepare(
    configuration: Configuration,
    flowRun: FlowRun,
    clients: AwsClients,
    options: {
      readonly signal: AbortSignal;
      readonly logger: Logger;
      /** True: the definition used last is inactive or gone; another one is to be found or registered. */
      readonly renew: boolean;
    },
  ): Promise<PreparedTaskRun>;
  /** Looks up and keeps what the runs of a pool share. */
  prewarm(configuration: Configuration, clients: AwsClients): Promise<void>;
}

/** The definition of a launch, where it is known in full. Null: it has to be described. */
export function definitionOf(prepared: PreparedTaskRun | null): EcsTaskDefinition | null {
  const definition = prepared?.taskDefinition;
  return definition?.containerDefinitions === undefined ? null : definition;
}

/** Whether the request carries the tag by which its definition is deregistered at the end. */
export function isTaggedToDeregister(prepared: PreparedTaskRun | null): boolean {
  const tags = Array.isArray(prepared?.request.tags) ? prepared.request.tags : [];
  return tags.some((tag) => JSON.stringify(tag) === JSON.stringify({ key: TAG.deregister, value: 'true' }));
}
