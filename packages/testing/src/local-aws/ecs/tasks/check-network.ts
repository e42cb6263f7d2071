import { invalidParameter } from '../../server/aws-error.js';
import type { EcsState } from '../ecs-state.js';
import type { RunTaskRequest, TaskDefinition } from '../ecs-types.js';

const MAX_SUBNETS = 16;
const MAX_SECURITY_GROUPS = 5;
const NO_PUBLIC_IP = 'Assign public IP is not supported for this launch type.';
const NO_PUBLIC_IP_BY_PROVIDER = 'Assign public IP is not supported for Managed Instances capacity providers.';

/** Rejects a network configuration that does not fit the definition's network mode, the launch type or the VPC. */
export function checkNetwork(
  request: RunTaskRequest,
  definition: TaskDefinition,
  launchType: string,
  { network, assumptions }: Pick<EcsState, 'network' | 'assumptions'>,
): void {
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
    const namesProvider = launchType === 'MANAGED_INSTANCES' && assumptions.values.publicIpRefusalNamesProvider;
    throw invalidParameter(namesProvider ? NO_PUBLIC_IP_BY_PROVIDER : NO_PUBLIC_IP);
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
