import type { JsonObject } from '@worker-host/core';
import type { EcsRunConfiguration } from './ecs-run-configuration.js';

/** A configuration from which task definitions and requests are created. */
export type EcsLaunchConfiguration = EcsRunConfiguration & {
  readonly taskDefinition: JsonObject;
  readonly configureCloudwatchLogs: boolean | null;
  readonly cloudwatchLogsOptions: Readonly<Record<string, string>>;
  readonly cloudwatchLogsPrefix: string | null;
  readonly networkConfiguration: JsonObject;
  readonly vpcId: string | null;
  readonly autoDeregisterTaskDefinition: boolean;
  readonly matchLatestRevisionInFamily: boolean;
  readonly prefectApiKeySecretArn: string | null;
  readonly prefectApiAuthStringSecretArn: string | null;
  readonly executionRoleArn: string | null;
  /** Names of the labels that the worker added: users cannot shorten their values. */
  readonly labelsOfWorker: ReadonlySet<string>;
  /** Version of the default image. Null: unknown. */
  readonly prefectVersion: string | null;
};

/** Returns the data of the configuration, as the pure functions need it. */
export type EcsLaunchData = Omit<EcsLaunchConfiguration, 'prepareForFlowRun' | 'toJSON' | 'streamOutput'>;
