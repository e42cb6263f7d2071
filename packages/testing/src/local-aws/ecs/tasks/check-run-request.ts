import type { Network } from '../../ec2/network-model.js';
import { AwsError, clientException, invalidParameter } from '../../server/aws-error.js';
import { checkStrategy } from '../clusters/capacity-providers.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { ContainerOverride, RunTaskRequest, StrategyItem, TaskDefinition } from '../ecs-types.js';
import { checkTags } from '../tags/check-tags.js';
import { checkFargateSize } from '../task-definitions/check-definition.js';

const MAX_COUNT = 10;
const MAX_OVERRIDES_BYTES = 8192;
const MAX_SUBNETS = 16;
const MAX_SECURITY_GROUPS = 5;
const STARTED_BY = /^[A-Za-z0-9\-/_]{0,128}$/;
const TOKEN = /^[!-~]{1,64}$/;
const LAUNCH_TYPES: readonly string[] = ['EC2', 'FARGATE', 'EXTERNAL'];
const PLATFORM_VERSIONS: readonly string[] = ['LATEST', '1.4.0', '1.3.0', '1.0.0'];

/** Where a launch goes: a strategy of capacity providers, or a launch type. */
export interface Placement {
  readonly strategy: readonly StrategyItem[];
  readonly launchType: string;
}

/** Refuses parameters that are wrong whatever the cluster and the definition are. */
export function checkRunParameters(request: RunTaskRequest): void {
  if (!request.taskDefinition) throw clientException('TaskDefinition can not be blank.');
  const { count = 1, startedBy = '', clientToken, propagateTags } = request;
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw invalidParameter(`count should be between 1 and ${MAX_COUNT}.`);
  }
  if (!STARTED_BY.test(startedBy)) {
    throw invalidParameter('startedBy can have at most 128 characters: letters, digits, -, / and _.');
  }
  if (clientToken !== undefined && !TOKEN.test(clientToken)) {
    throw invalidParameter('clientToken can have at most 64 characters, in the range of ASCII 33 to 126.');
  }
  if (propagateTags === 'SERVICE') throw invalidParameter('The propagateTags value SERVICE is not valid for RunTask.');
  if ((request.placementConstraints?.length ?? 0) > 10)
    throw invalidParameter('placementConstraints can have at most 10 items.');
  if ((request.placementStrategy?.length ?? 0) > 5)
    throw invalidParameter('placementStrategy can have at most 5 items.');
  checkTags(request.tags ?? []);
  if (request.overrides !== undefined && Buffer.byteLength(JSON.stringify(request.overrides)) > MAX_OVERRIDES_BYTES) {
    throw invalidParameter(`Container Overrides length must be at most ${MAX_OVERRIDES_BYTES}`);
  }
}

/** Works out where the launch goes, and refuses what does not fit definition, cluster and network. */
export function checkRunAgainst(
  request: RunTaskRequest,
  definition: TaskDefinition,
  cluster: Cluster,
  network: Network,
): Placement {
  checkOverrides(request.overrides?.containerOverrides ?? [], definition);
  const placement = resolvePlacement(request, cluster);
  const { launchType } = placement;
  if (launchType === 'FARGATE') {
    if (!definition.compatibilities.includes('FARGATE')) {
      throw invalidParameter('Task definition does not support launch_type FARGATE.');
    }
    if (request.platformVersion !== undefined && !PLATFORM_VERSIONS.includes(request.platformVersion)) {
      throw new AwsError('PlatformUnknownException', 'The specified platform does not exist.');
    }
    const { cpu, memory } = request.overrides ?? {};
    if (cpu !== undefined || memory !== undefined)
      checkFargateSize(cpu ?? definition.cpu ?? '', memory ?? definition.memory ?? '');
    if (request.placementConstraints?.length) {
      throw invalidParameter('Placement constraints are not supported with FARGATE launch type.');
    }
    if (request.placementStrategy?.length) {
      throw invalidParameter('Placement strategies are not supported with FARGATE launch type.');
    }
  } else {
    if (request.platformVersion !== undefined) {
      throw invalidParameter('The platform version must be null when specifying an EC2 launch type.');
    }
    if (cluster.containerInstanceArns.length === 0) {
      throw invalidParameter('No Container Instances were found in your cluster.');
    }
  }
  if (request.enableExecuteCommand === true && !(request.overrides?.taskRoleArn ?? definition.taskRoleArn)) {
    throw invalidParameter(
      'The task definition does not have a task role configured. A task role is required for ECS Exec.',
    );
  }
  checkNetwork(request, definition, launchType, network);
  return placement;
}

function checkOverrides(overrides: readonly ContainerOverride[], definition: TaskDefinition): void {
  const names = definition.containerDefinitions.map((container) => container.name);
  for (const override of overrides) {
    if (Object.keys(override).length === 0) continue;
    if (!override.name) throw invalidParameter('Container name can not be blank in a container override.');
    if (!names.includes(override.name)) {
      throw invalidParameter(`Override for container named ${override.name} is not a container in the TaskDefinition.`);
    }
  }
}

function resolvePlacement(request: RunTaskRequest, cluster: Cluster): Placement {
  const { launchType, capacityProviderStrategy = [] } = request;
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  if (launchType !== undefined) {
    if (!LAUNCH_TYPES.includes(launchType)) throw invalidParameter(`Invalid launch type: ${launchType}`);
    return { strategy: [], launchType };
  }
  if (capacityProviderStrategy.length > 0) {
    checkStrategy(capacityProviderStrategy, cluster.capacityProviders);
    return { strategy: capacityProviderStrategy, launchType: 'FARGATE' };
  }
  if (cluster.defaultStrategy.length > 0) return { strategy: cluster.defaultStrategy, launchType: 'FARGATE' };
  return { strategy: [], launchType: 'EC2' };
}

function checkNetwork(request: RunTaskRequest, definition: TaskDefinition, launchType: string, network: Network): void {
  const configuration = request.networkConfiguration?.awsvpcConfiguration;
  if (definition.networkMode !== 'awsvpc') {
    if (configuration === undefined) return;
    throw invalidParameter('Network Configuration is not valid for the given networkMode of this task definition.');
  }
  if (configuration === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  const { subnets = [], securityGroups = [], assignPublicIp } = configuration;
  if (subnets.length === 0) throw invalidParameter('subnets can not be empty.');
  if (subnets.length > MAX_SUBNETS) throw invalidParameter(`subnets can have at most ${MAX_SUBNETS} items.`);
  if (securityGroups.length > MAX_SECURITY_GROUPS) {
    throw invalidParameter(`securityGroups can have at most ${MAX_SECURITY_GROUPS} items.`);
  }
  if (launchType !== 'FARGATE' && assignPublicIp === 'ENABLED') {
    throw invalidParameter('Assign public IP is not supported for this launch type.');
  }
  const vpcs = new Set<string>();
  for (const id of subnets) {
    const subnet = network.subnets.get(id);
    if (subnet === undefined) {
      throw invalidParameter(
        `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
      );
    }
    vpcs.add(subnet.vpcId);
  }
  if (vpcs.size > 1) throw invalidParameter('Subnets must be in the same VPC.');
}
