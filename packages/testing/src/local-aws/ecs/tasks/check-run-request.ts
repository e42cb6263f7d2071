import { AwsError, clientException, invalidParameter } from '../../server/aws-error.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { EcsState } from '../ecs-state.js';
import type { ContainerOverride, RunTaskRequest, TaskDefinition } from '../ecs-types.js';
import { checkTags } from '../tags/check-tags.js';
import { checkFargateSize } from '../task-definitions/check-definition.js';
import { checkNetwork } from './check-network.js';
import { type Placement, resolvePlacement } from './resolve-placement.js';

const MAX_COUNT = 10;
const MAX_OVERRIDES_BYTES = 8192;
const STARTED_BY = /^[A-Za-z0-9\-/_]{0,128}$/;
const TOKEN = /^[!-~]{1,64}$/;
const PLATFORM_VERSIONS: readonly string[] = ['LATEST', '1.4.0', '1.3.0', '1.0.0'];

/** Rejects parameters that are invalid for any cluster and definition. */
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

/** Determines the placement of the launch, and rejects what does not fit definition, cluster and network. */
export function checkRunAgainst(
  request: RunTaskRequest,
  definition: TaskDefinition,
  cluster: Cluster,
  state: Pick<EcsState, 'network' | 'providers' | 'assumptions'>,
): Placement {
  checkOverrides(request.overrides?.containerOverrides ?? [], definition);
  const placement = resolvePlacement(request, cluster, state.providers);
  const { launchType, kind } = placement;
  if (!definition.compatibilities.includes(launchType)) {
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  if (launchType === 'FARGATE') {
    checkFargate(request, definition);
  } else {
    if (request.platformVersion !== undefined) {
      throw invalidParameter('The platform version must be null when specifying an EC2 launch type.');
    }
    if (launchType === 'MANAGED_INSTANCES' && request.placementStrategy?.length) {
      throw invalidParameter('Placement strategies are not supported with MANAGED_INSTANCES launch type.');
    }
    if (kind === null && cluster.containerInstanceArns.length === 0) {
      throw invalidParameter('No Container Instances were found in your cluster.');
    }
  }
  if (request.enableExecuteCommand === true && !(request.overrides?.taskRoleArn ?? definition.taskRoleArn)) {
    throw invalidParameter(
      'The task definition does not have a task role configured. A task role is required for ECS Exec.',
    );
  }
  checkNetwork(request, definition, launchType, state);
  return placement;
}

function checkFargate(request: RunTaskRequest, definition: TaskDefinition): void {
  if (request.platformVersion !== undefined && !PLATFORM_VERSIONS.includes(request.platformVersion)) {
    throw new AwsError('PlatformUnknownException', 'The specified platform does not exist.');
  }
  const { cpu, memory } = request.overrides ?? {};
  if (cpu !== undefined || memory !== undefined) {
    checkFargateSize(cpu ?? definition.cpu ?? '', memory ?? definition.memory ?? '');
  }
  if (request.placementConstraints?.length) {
    throw invalidParameter('Placement constraints are not supported with FARGATE launch type.');
  }
  if (request.placementStrategy?.length) {
    throw invalidParameter('Placement strategies are not supported with FARGATE launch type.');
  }
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
