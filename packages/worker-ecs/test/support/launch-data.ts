import type { EcsLaunchData } from '../../src/ecs-launch-configuration.js';

/** Returns a configuration with an empty form, with these parts. */
export function someLaunchData(parts: Partial<EcsLaunchData> = {}): EcsLaunchData {
  const data: Partial<EcsLaunchData> = {
    command: null,
    env: {},
    labels: {},
    awsCredentials: null,
    cluster: null,
    containerName: null,
    taskRunRequest: {},
    taskDefinition: {},
    configureCloudwatchLogs: null,
    cloudwatchLogsOptions: {},
    cloudwatchLogsPrefix: null,
    networkConfiguration: {},
    vpcId: null,
    autoDeregisterTaskDefinition: false,
    matchLatestRevisionInFamily: false,
    executionRoleArn: null,
    labelsOfWorker: new Set(),
    prefectVersion: null,
    ...parts,
  };
  return data as EcsLaunchData;
}
