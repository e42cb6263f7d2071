import { adviceOnDenial } from '../errors/access-denial.js';
import { CREDENTIAL_ERROR_NAMES, DENIED_INSIDE } from '../errors/aws-error-facts.js';
import { type LaunchErrorContext, type LaunchErrorRow, say } from './launch-error-row.js';
import { PASSING_LAUNCH_REFUSALS } from './passing-launch-refusals.js';

const LOGS_RIGHTS = 'logs:CreateLogGroup, logs:CreateLogStream and logs:PutLogEvents';

function deniedSummary({ denial }: LaunchErrorContext): string {
  return `The worker lacks the permission ${denial?.action ?? 'for the launch'}`;
}

function deniedResolution({ denial }: LaunchErrorContext): string {
  const advice = denial ? `${adviceOnDenial(denial)} ` : '';
  return `${advice}A launch needs ecs:RunTask, ecs:TagResource, and iam:PassRole for the roles of the task (docs/iam.md).`;
}

/** Errors with which RunTask is rejected. Order matters: the first match applies. */
export const LAUNCH_REFUSALS: readonly LaunchErrorRow[] = [
  ...PASSING_LAUNCH_REFUSALS,
  {
    code: 'cluster-not-found',
    class: 'permanent',
    arrives: 'error',
    names: ['ClusterNotFoundException'],
    summary: ({ cluster }) => `ECS cluster '${cluster ?? 'default'}' was not found`,
    resolution: say('Check the name, account and region of the cluster, and that it is ACTIVE (not deleted).'),
    example: { name: 'ClusterNotFoundException', message: 'Cluster not found.' },
    unlike: [{ name: 'ClientException', message: 'TaskDefinition not found.' }],
  },
  {
    code: 'no-container-instances',
    class: 'permanent',
    arrives: 'error',
    pattern: /no container instances were found in your cluster/i,
    when: ({ launchType }) => launchType === 'EC2' || launchType === 'EXTERNAL',
    summary: ({ cluster, launchType }) =>
      `ECS cluster '${cluster ?? 'default'}' has no container instances for launch type ${launchType}`,
    resolution: say('Register instances in the cluster, use a capacity provider, or use the launch type FARGATE.'),
    example: {
      name: 'InvalidParameterException',
      message: 'No Container Instances were found in your cluster.',
    },
    unlike: [
      { name: 'InvalidParameterException', message: 'No Container Instances were found in your capacity provider.' },
    ],
  },
  {
    code: 'logs-denied',
    class: 'permanent',
    arrives: 'error',
    pattern: /failed to validate logger args[\s\S]*access ?denied/i,
    when: ({ configuresLogs }) => configuresLogs,
    summary: ({ executionRoleArn }) =>
      `The execution role may not write to CloudWatch Logs [${executionRoleArn ?? 'no execution role'}]`,
    resolution: say(`Allow the execution role ${LOGS_RIGHTS}, or disable configure_cloudwatch_logs.`),
    example: { name: 'ClientException', message: 'failed to validate logger args: AccessDeniedException' },
    unlike: [{ name: 'ClientException', message: 'failed to validate logger args: ResourceNotFoundException' }],
  },
  {
    code: 'role-refused',
    class: 'not-ready',
    arrives: 'error',
    names: ['AccessDeniedException', 'AccessDenied'],
    pattern: /sts:AssumeRole/,
    summary: say('The worker may not assume the role that it runs with'),
    resolution: say('Name the worker in the trust policy of the role, and allow it sts:AssumeRole.'),
    example: { name: 'AccessDenied', message: 'User is not authorized to perform: sts:AssumeRole on resource: role/x' },
    unlike: [{ name: 'AccessDeniedException', message: 'User is not authorized to perform: ecs:RunTask' }],
  },
  {
    code: 'access-denied',
    class: 'permanent',
    arrives: 'error',
    names: ['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation'],
    summary: deniedSummary,
    resolution: deniedResolution,
    example: { name: 'AccessDeniedException', message: 'User is not authorized to perform: ecs:RunTask' },
    unlike: [
      { name: 'AccessDenied', message: 'User is not authorized to perform: sts:AssumeRole on resource: role/x' },
    ],
  },
  {
    code: 'access-denied-inside',
    class: 'permanent',
    arrives: 'error',
    pattern: DENIED_INSIDE,
    summary: deniedSummary,
    resolution: deniedResolution,
    example: {
      name: 'ClientException',
      message:
        'User: arn:aws:sts::123456789012:assumed-role/worker/x is not authorized to perform: iam:PassRole on resource: ' +
        'arn:aws:iam::123456789012:role/etl because no identity-based policy allows the iam:PassRole action',
    },
    unlike: [{ name: 'ClientException', message: "Container 'not-authorized-to-perform' not found." }],
  },
  {
    code: 'no-capacity-refused',
    class: 'capacity',
    arrives: 'error',
    pattern:
      /capacity is unavailable|\bno capacity\b|insufficient capacity|limit on the number of|Insufficient\w*Capacity|UnfulfillableCapacity|(?:Vcpu|Instance)LimitExceeded|maximum capacity|limit for the resource has been exceeded|no container instances were found in your capacity provider/i,
    summary: say('AWS has no capacity for the task now'),
    resolution: say(
      'The launch waits. Add subnets in more availability zones, use another capacity provider, or request a higher vCPU quota.',
    ),
    example: {
      name: 'ClientException',
      message: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    },
    unlike: [{ name: 'InvalidParameterException', message: "Container 'no-capacity' not found in task definition." }],
  },
  {
    code: 'public-ip',
    class: 'permanent',
    arrives: 'error',
    pattern: /assign(?:ing)? ?(?:a )?public ?ip\b.{0,40}\bnot supported|public ip.{0,60}\bnot supported/i,
    summary: say('ECS rejects the network configuration: tasks of this launch type get no public IP'),
    resolution: say(
      'Set vpc_id and network_configuration with assignPublicIp DISABLED and subnets that have a NAT gateway or VPC endpoints.',
    ),
    example: {
      name: 'InvalidParameterException',
      message: 'Assign public IP is not supported for this launch type.',
    },
    unlike: [{ name: 'InvalidParameterException', message: "The subnet 'subnet-public-ip' is not supported." }],
  },
  {
    code: 'network',
    class: 'permanent',
    arrives: 'error',
    names: ['InvalidParameterException', 'InvalidSubnetID.NotFound', 'InvalidGroup.NotFound'],
    pattern: /subnet|security ?group|network|assign ?public ?ip/i,
    summary: say('ECS rejects the network configuration (subnet, security group or public IP)'),
    resolution: say(
      'Check that the subnets and security groups in network_configuration exist, belong to one VPC (vpc_id), and fit the launch type.',
    ),
    example: {
      name: 'InvalidParameterException',
      message: 'The subnets and Security Groups provided are in different Network VPCs',
    },
    unlike: [
      { name: 'InvalidParameterException', message: 'Container name network-worker not found in task definition.' },
    ],
  },
  {
    code: 'capacity-provider',
    class: 'permanent',
    arrives: 'error',
    pattern: /capacity ?provider/i,
    summary: ({ capacityProviders, cluster }) =>
      `A capacity provider cannot be used in cluster '${cluster ?? 'default'}' ` +
      `[${capacityProviders.join(', ') || "the cluster's default strategy"}]`,
    resolution: say('Associate the capacity provider with the cluster, or change capacity_provider_strategy.'),
    example: {
      name: 'InvalidParameterException',
      message: "The specified capacity provider 'nope' was not found in cluster.",
    },
    unlike: [{ name: 'ClientException', message: 'The capacity provider could not launch: Insufficient capacity' }],
  },
  {
    code: 'overrides-too-long',
    class: 'permanent',
    arrives: 'error',
    pattern: /container overrides length must be at most/i,
    summary: say('The overrides of the task are longer than ECS allows (8192 characters)'),
    resolution: say(
      'Make env shorter: put constant variables into the task definition, or pass large values in a file.',
    ),
    example: { name: 'InvalidParameterException', message: 'Container Overrides length must be at most 8192' },
    unlike: [{ name: 'InvalidParameterException', message: 'Cpu override for task must be positive.' }],
  },
  {
    code: 'account-blocked',
    class: 'permanent',
    arrives: 'error',
    names: ['BlockedException', 'OptInRequired', 'SubscriptionRequiredException', 'PendingVerification'],
    summary: say('AWS has blocked the account, or has not opened ECS for it'),
    resolution: say('Contact AWS Support.'),
    example: { name: 'BlockedException', message: 'Your account is currently blocked.' },
    unlike: [{ name: 'ClientException', message: 'The task definition is blocked.' }],
  },
  {
    code: 'platform-unknown',
    class: 'permanent',
    arrives: 'error',
    names: ['PlatformUnknownException'],
    summary: say('The Fargate platform version does not exist'),
    resolution: say('Change or remove platformVersion in the task run request.'),
    example: { name: 'PlatformUnknownException', message: 'The specified platform version does not exist.' },
    unlike: [{ name: 'InvalidParameterException', message: 'The specified platform version does not exist.' }],
  },
  {
    code: 'platform-incompatible',
    class: 'permanent',
    arrives: 'error',
    names: ['PlatformTaskDefinitionIncompatibilityException'],
    summary: say('The Fargate platform version lacks what the task definition needs'),
    resolution: say('Use platformVersion LATEST, or change the task definition.'),
    example: {
      name: 'PlatformTaskDefinitionIncompatibilityException',
      message: "The specified platform version doesn't satisfy the required capabilities of the task definition.",
    },
    unlike: [{ name: 'InvalidParameterException', message: 'The platform version is not valid.' }],
  },
  {
    code: 'feature-unsupported',
    class: 'permanent',
    arrives: 'error',
    names: ['UnsupportedFeatureException'],
    summary: say('The feature is not available in this region'),
    resolution: say('Use another region, or omit the feature.'),
    example: { name: 'UnsupportedFeatureException', message: 'The specified task is not supported in this Region.' },
    unlike: [{ name: 'InvalidParameterException', message: 'The specified task is not supported.' }],
  },
  {
    code: 'credentials',
    class: 'not-ready',
    arrives: 'error',
    names: CREDENTIAL_ERROR_NAMES,
    summary: say('AWS rejects the credentials of the worker'),
    resolution: say(
      'Check aws_credentials, or the role or profile that the worker uses, and the clock of the machine.',
    ),
    example: { name: 'ExpiredTokenException', message: 'The security token included in the request is expired' },
    unlike: [{ name: 'AccessDeniedException', message: 'User is not authorized to perform: ecs:RunTask' }],
  },
  {
    code: 'refused',
    class: 'permanent',
    arrives: 'error',
    names: ['InvalidParameterException', 'ClientException', 'ValidationException', 'SerializationException'],
    summary: say('ECS rejects the task'),
    resolution: say('Change what the message of AWS names; the same request would be rejected again.'),
    example: { name: 'InvalidParameterException', message: 'Cpu override for task must be positive.' },
    unlike: [{ name: 'NewException', message: 'something new' }],
  },
  {
    code: 'server-fault',
    class: 'maybe-committed',
    arrives: 'error',
    names: ['ServerException', 'InternalFailure', 'ServiceUnavailable', 'ServiceUnavailableException', 'SyntaxError'],
    summary: say('ECS failed during the launch'),
    resolution: say('The launch is retried with the same token. If it persists, see the AWS Health dashboard.'),
    example: { name: 'ServerException', message: 'Service unavailable' },
    unlike: [{ name: 'ClientException', message: 'Server error' }],
  },
  {
    code: 'no-answer',
    class: 'maybe-committed',
    arrives: 'error',
    names: ['TimeoutError', 'NetworkingError', 'Error', 'TypeError', 'SystemError'],
    pattern:
      /\btimed? ?out\b|\bsocket hang up\b|\b(?:ECONN\w*|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b|\baborted\b|\bterminated\b/i,
    summary: say('ECS did not respond'),
    resolution: say('The launch is retried with the same token. If it persists, check network, proxy and endpoint.'),
    example: { name: 'TimeoutError', message: 'Request did not complete within 15000 ms: connection timed out' },
    unlike: [{ name: 'InvalidParameterException', message: "The family 'timed-out' is terminated." }],
  },
];
