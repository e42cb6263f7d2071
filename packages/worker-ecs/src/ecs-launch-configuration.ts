import type { JsonObject } from '@worker-host/core';
import type { EcsRunConfiguration } from './ecs-run-configuration.js';

/** A configuration of which task definitions and requests are created. */
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
  /** Names of the labels that the worker added: no person can shorten what they hold. */
  readonly labelsOfWorker: ReadonlySet<string>;
  /** Version whose image a job gets that names none. Null: not known. */
  readonly prefectVersion: string | null;
};

/** Its data alone, as the pure parts see it. */
export type EcsLaunchData = Omit<EcsLaunchConfiguration, 'prepareForFlowRun' | 'toJSON' | 'streamOutput'>;
