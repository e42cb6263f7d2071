import type { Attempt, FlowRun, Logger, RunProgress } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTask, EcsTaskDefinition, RunTaskInput } from '../aws/ecs-api.js';
import type { EcsRunConfiguration } from '../ecs-run-configuration.js';

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
  /** True: the worker itself chose the network, so it may choose it anew. */
  readonly isNetworkChosen?: boolean;
}

/** A launch to be made. */
export interface LaunchOrder {
  readonly clients: AwsClients;
  readonly prepared: PreparedTaskRun;
  readonly flowRunId: string;
  readonly attempt: Attempt;
  /** Which launch of the attempt: 0 the first. */
  readonly relaunch: number;
  /** True: an earlier process may have launched this very attempt; it is looked for before anything is sent. */
  readonly mayHaveLaunched: boolean;
  /** Aborted: the host lets go; rejects with its reason. */
  readonly signal: AbortSignal;
  /** Aborted: the run shall not be launched any more; rejects with its reason unless the task exists already. */
  readonly cancelled: AbortSignal;
  readonly logger: Logger;
  progress(progress: RunProgress): void;
  /** Called when ECS says that the definition is inactive or gone: makes a new one. Absent: that is a failure. */
  renew?(signal: AbortSignal): Promise<PreparedTaskRun>;
}

/** A task that exists. */
export interface LaunchedTask {
  readonly task: EcsTask & { readonly taskArn: string };
  /** ARN of its cluster. */
  readonly clusterArn: string;
  /** True: it was there already, launched for this very attempt by an earlier call. */
  readonly adopted: boolean;
  /** What was launched in the end; another than ordered after a renewal. */
  readonly prepared: PreparedTaskRun;
}

/** Launches one task for one attempt, whatever is lost on the way. */
export interface TaskLauncher {
  /** @throws LaunchError subclasses, each with what to do; the signals' reasons. */
  launch(order: LaunchOrder): Promise<LaunchedTask>;
}

/** Makes a task run ready: definition found or registered and checked, request rendered. Launches nothing. */
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
  /** Looks up beforehand what runs with a configuration like this will need, and keeps it. */
  anticipate?(configuration: Configuration, clients: AwsClients): Promise<void>;
}
