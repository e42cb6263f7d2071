/**
 * What a launch does about an error.
 * `permanent`: fails at once. `throttle`: same token, slower. `capacity`: nothing was placed; a new token after
 * minutes. `maybe-committed`: the answer was lost; the same token. `settling`: AWS has not caught up with itself; a few
 * tries over a minute. `already-launched`: the token was used with other parameters; the task exists.
 * `definition-gone`: a new definition, then a new token.
 */
export type LaunchErrorClass =
  | 'permanent'
  | 'throttle'
  | 'capacity'
  | 'maybe-committed'
  | 'settling'
  | 'already-launched'
  | 'definition-gone';

/** What a row may depend on beside the error. */
export interface LaunchErrorContext {
  /** Of the request; null: a strategy or the cluster's default. */
  readonly launchType: string | null;
  /** The worker itself put the awslogs configuration into the definition. */
  readonly configuresLogs: boolean;
  readonly cluster: string | null;
  readonly executionRoleArn: string | null;
  readonly taskDefinitionArn: string | null;
  readonly capacityProviders: readonly string[];
}

/** One kind of launch error. The first row that matches counts. */
export interface LaunchErrorRow {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly class: LaunchErrorClass;
  /** `error`: the call is refused. `failure`: an entry of `failures` in an answer without tasks. */
  readonly arrives: 'error' | 'failure';
  /** AWS's error codes; absent: any. */
  readonly names?: readonly string[];
  /** Of the message, or of reason and detail of a failure; absent: any. */
  readonly pattern?: RegExp;
  /** Further condition. */
  readonly when?: (context: LaunchErrorContext) => boolean;
  readonly summary: (context: LaunchErrorContext) => string;
  /** What to try. */
  readonly resolution: (context: LaunchErrorContext) => string;
  /** AWS's own words, for the page and for the tests. */
  readonly example: { readonly name?: string; readonly message: string };
}

const LOGS_RIGHTS = 'logs:CreateLogGroup, logs:CreateLogStream and logs:PutLogEvents';

const say = (text: string) => () => text;

/** Every kind of launch error that is known by name. Order matters: the first match counts. */
export const LAUNCH_ERROR_TABLE: readonly LaunchErrorRow[] = [
  {
    code: 'token-reused',
    class: 'already-launched',
    arrives: 'error',
    names: ['ConflictException'],
    summary: say('The run was launched already, with other parameters'),
    resolution: say('Nothing to do: the task that exists is taken up.'),
    example: {
      name: 'ConflictException',
      message: 'The clientToken has already been used with different parameters.',
    },
  },
  {
    code: 'throttled',
    class: 'throttle',
    arrives: 'error',
    names: [
      'ThrottlingException',
      'TooManyRequestsException',
      'RequestLimitExceeded',
      'RequestThrottled',
      'Throttling',
    ],
    summary: say('AWS asks for fewer calls'),
    resolution: say('The launch is repeated more slowly. If it lasts, ask AWS for a higher rate, or spread accounts.'),
    example: { name: 'ThrottlingException', message: 'Rate exceeded' },
  },
  {
    code: 'throttled-inside',
    class: 'throttle',
    arrives: 'error',
    pattern: /rate exceeded|too many requests|request limit exceeded|ThrottlingException|RequestLimitExceeded/i,
    summary: say('A service behind ECS asks for fewer calls'),
    resolution: say('The launch is repeated more slowly. If it lasts, ask AWS for a higher rate of that service.'),
    example: {
      name: 'InvalidParameterException',
      message: 'Error retrieving security group information for [sg-1]: Request limit exceeded. (Rate exceeded)',
    },
  },
  {
    code: 'provisioning-full',
    class: 'capacity',
    arrives: 'error',
    pattern: /tasks provisioning capacity limit exceeded/i,
    summary: say('The cluster has as many tasks waiting for instances as ECS allows (500)'),
    resolution: say('The launch waits. Let the Auto Scaling group grow faster, or launch less at once.'),
    example: { name: 'ClientException', message: 'Tasks provisioning capacity limit exceeded.' },
  },
  {
    code: 'role-not-ready',
    class: 'settling',
    arrives: 'error',
    pattern: /ECS was unable to assume the role/i,
    summary: say('ECS cannot assume the role of the task yet'),
    resolution: say(
      'A new role takes a moment. If it lasts, let ecs-tasks.amazonaws.com assume the role (trust policy).',
    ),
    example: {
      name: 'ClientException',
      message:
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/task' that was provided for this task. " +
        'Please verify that the role being passed has the proper trust relationship and permissions.',
    },
  },
  {
    code: 'definition-inactive',
    class: 'definition-gone',
    arrives: 'error',
    pattern: /task ?definition is inactive/i,
    summary: ({ taskDefinitionArn }) => `The task definition is inactive [${taskDefinitionArn ?? 'unknown'}]`,
    resolution: say(
      'Somebody deregistered it. Name an ACTIVE revision in task_definition_arn, or name none and let one be registered.',
    ),
    example: { name: 'ClientException', message: 'TaskDefinition is inactive' },
  },
  {
    code: 'definition-not-found',
    class: 'definition-gone',
    arrives: 'error',
    names: ['ClientException', 'InvalidParameterException'],
    pattern: /task ?definition not found|unable to describe task definition/i,
    summary: ({ taskDefinitionArn }) => `ECS does not find the task definition [${taskDefinitionArn ?? 'unknown'}]`,
    resolution: say('Check task_definition_arn, its account and its region.'),
    example: { name: 'ClientException', message: 'TaskDefinition not found.' },
  },
  {
    code: 'cluster-not-found',
    class: 'permanent',
    arrives: 'error',
    names: ['ClusterNotFoundException'],
    summary: ({ cluster }) => `ECS cluster '${cluster ?? 'default'}' was not found`,
    resolution: say('Check the name, account and region of the cluster, and that it is ACTIVE (not deleted).'),
    example: { name: 'ClusterNotFoundException', message: 'Cluster not found.' },
  },
  {
    code: 'no-container-instances',
    class: 'permanent',
    arrives: 'error',
    pattern: /no container instances were found/i,
    when: ({ launchType }) => launchType === 'EC2' || launchType === 'EXTERNAL',
    summary: ({ cluster, launchType }) =>
      `ECS cluster '${cluster ?? 'default'}' has no container instances for launch type ${launchType}`,
    resolution: say('Register instances in the cluster, use a capacity provider, or choose the launch type FARGATE.'),
    example: {
      name: 'InvalidParameterException',
      message: 'No Container Instances were found in your cluster.',
    },
  },
  {
    code: 'logs-denied',
    class: 'permanent',
    arrives: 'error',
    pattern: /failed to validate logger args[\s\S]*access ?denied/i,
    when: ({ configuresLogs }) => configuresLogs,
    summary: ({ executionRoleArn }) =>
      `The execution role may not write to CloudWatch Logs [${executionRoleArn ?? 'no execution role'}]`,
    resolution: say(`Allow the execution role ${LOGS_RIGHTS}, or turn configure_cloudwatch_logs off.`),
    example: { name: 'ClientException', message: 'failed to validate logger args: AccessDeniedException' },
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
  },
  {
    code: 'no-capacity-refused',
    class: 'capacity',
    arrives: 'error',
    pattern: /capacity is unavailable|no capacity|insufficient capacity|limit on the number of/i,
    summary: say('AWS has no capacity for the task now'),
    resolution: say('The launch waits. More subnets in other availability zones, a higher vCPU quota, or Spot help.'),
    example: {
      name: 'ClientException',
      message: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    },
  },
  {
    code: 'network',
    class: 'permanent',
    arrives: 'error',
    names: ['InvalidParameterException', 'InvalidSubnetID.NotFound', 'InvalidGroup.NotFound'],
    pattern: /subnet|security ?group|network|assign ?public ?ip/i,
    summary: say('ECS refuses the network configuration (subnet, security group or public IP)'),
    resolution: say(
      'Check that the subnets and security groups in network_configuration exist, belong to one VPC (vpc_id), and fit the launch type.',
    ),
    example: {
      name: 'InvalidParameterException',
      message: 'The subnets and Security Groups provided are in different Network VPCs',
    },
  },
  {
    code: 'overrides-too-long',
    class: 'permanent',
    arrives: 'error',
    pattern: /container overrides length must be at most/i,
    summary: say('The overrides of the task are longer than ECS takes (8192 characters)'),
    resolution: say(
      'Make env shorter: put constant variables into the task definition, or pass large values by a file.',
    ),
    example: { name: 'InvalidParameterException', message: 'Container Overrides length must be at most 8192' },
  },
  {
    code: 'access-denied',
    class: 'permanent',
    arrives: 'error',
    names: ['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation'],
    summary: say('The worker may not do this in AWS'),
    resolution: say(
      'Give the worker the rights in docs/iam.md: ecs:RunTask, ecs:TagResource, and iam:PassRole for the roles of the task.',
    ),
    example: { name: 'AccessDeniedException', message: 'User is not authorized to perform: ecs:RunTask' },
  },
  {
    code: 'account-blocked',
    class: 'permanent',
    arrives: 'error',
    names: ['BlockedException'],
    summary: say('AWS has blocked the account'),
    resolution: say('Contact AWS Support.'),
    example: { name: 'BlockedException', message: 'Your account is currently blocked.' },
  },
  {
    code: 'platform-unknown',
    class: 'permanent',
    arrives: 'error',
    names: ['PlatformUnknownException'],
    summary: say('There is no such Fargate platform version'),
    resolution: say('Change or remove platformVersion in the task run request.'),
    example: { name: 'PlatformUnknownException', message: 'The specified platform version does not exist.' },
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
  },
  {
    code: 'feature-unsupported',
    class: 'permanent',
    arrives: 'error',
    names: ['UnsupportedFeatureException'],
    summary: say('The feature is not available in this region'),
    resolution: say('Use another region, or leave the feature out.'),
    example: { name: 'UnsupportedFeatureException', message: 'The specified task is not supported in this Region.' },
  },
  {
    code: 'credentials',
    class: 'settling',
    arrives: 'error',
    names: [
      'CredentialsProviderError',
      'ExpiredTokenException',
      'ExpiredToken',
      'RequestExpired',
      'UnrecognizedClientException',
      'InvalidSignatureException',
      'InvalidClientTokenId',
      'SignatureDoesNotMatch',
    ],
    summary: say('AWS does not accept the credentials of the worker'),
    resolution: say(
      'Check aws_credentials, or the role or profile the worker runs with, and the clock of the machine.',
    ),
    example: { name: 'ExpiredTokenException', message: 'The security token included in the request is expired' },
  },
  {
    code: 'refused',
    class: 'permanent',
    arrives: 'error',
    names: ['InvalidParameterException', 'ClientException', 'ValidationException', 'SerializationException'],
    summary: say('ECS refuses the task'),
    resolution: say("Change what AWS's answer names; the same request will be refused again."),
    example: { name: 'InvalidParameterException', message: 'Cpu override for task must be positive.' },
  },
  {
    code: 'server-fault',
    class: 'maybe-committed',
    arrives: 'error',
    names: ['ServerException', 'InternalFailure', 'ServiceUnavailable', 'ServiceUnavailableException', 'SyntaxError'],
    summary: say('ECS failed while it worked on the launch'),
    resolution: say('The launch is repeated with the same token. If it lasts, see the AWS Health dashboard.'),
    example: { name: 'ServerException', message: 'Service unavailable' },
  },
  {
    code: 'no-answer',
    class: 'maybe-committed',
    arrives: 'error',
    pattern: /timed? ?out|socket hang up|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|aborted|terminated/i,
    summary: say('No answer came from ECS'),
    resolution: say('The launch is repeated with the same token. If it lasts, check network, proxy and endpoint.'),
    example: { name: 'TimeoutError', message: 'Request did not complete within 15000 ms: connection timed out' },
  },
  {
    code: 'resources',
    class: 'capacity',
    arrives: 'failure',
    pattern: /^RESOURCE:/i,
    summary: say('No container instance has room for the task'),
    resolution: say(
      'The launch waits. Add instances, use a capacity provider that scales, or ask for less cpu and memory.',
    ),
    example: { message: 'RESOURCE:MEMORY' },
  },
  {
    code: 'agent-disconnected',
    class: 'capacity',
    arrives: 'failure',
    pattern: /^AGENT\b/i,
    summary: say('The ECS agent of the instances is disconnected (AGENT)'),
    resolution: say('The launch waits. Check the agents of the container instances and their way to ECS.'),
    example: { message: 'AGENT' },
  },
  {
    code: 'attribute-missing',
    class: 'permanent',
    arrives: 'failure',
    pattern: /^ATTRIBUTE\b/i,
    summary: say('No container instance has an attribute the task definition needs'),
    resolution: say(
      'Compare the definition with the instances: log driver, architecture, role support, agent version.',
    ),
    example: { message: 'ATTRIBUTE' },
  },
  {
    code: 'location',
    class: 'permanent',
    arrives: 'failure',
    pattern: /^LOCATION\b/i,
    summary: say('The container instances are in other availability zones than the subnets'),
    resolution: say('Name subnets in the zones of the instances.'),
    example: { message: 'LOCATION' },
  },
  {
    code: 'capacity-unavailable',
    class: 'capacity',
    arrives: 'failure',
    pattern: /capacity is unavailable|insufficient capacity/i,
    summary: say('Fargate has no capacity for the task now (Capacity is unavailable)'),
    resolution: say('The launch waits. Subnets in more availability zones, or on-demand instead of Spot, help.'),
    example: {
      message: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    },
  },
  {
    code: 'quota',
    class: 'capacity',
    arrives: 'failure',
    pattern: /limit on the number of/i,
    summary: say('The account runs as many vCPUs or tasks on Fargate as its quota allows'),
    resolution: say('The launch waits for running tasks to end. Ask AWS for a higher Fargate vCPU quota.'),
    example: { message: 'You’ve reached the limit on the number of vCPUs you can run concurrently' },
  },
  {
    code: 'failure-throttled',
    class: 'capacity',
    arrives: 'failure',
    pattern: /rate exceeded|throttl|too many requests/i,
    summary: say('A service behind ECS asked for fewer calls while the task was placed'),
    resolution: say('The launch is repeated after a while with a new token.'),
    example: { message: 'Rate exceeded' },
  },
  {
    code: 'instance-inactive',
    class: 'capacity',
    arrives: 'failure',
    pattern: /^(INACTIVE|MISSING)\b/i,
    summary: say('The container instance that was chosen is gone'),
    resolution: say('The launch is repeated after a while with a new token.'),
    example: { message: 'INACTIVE' },
  },
  {
    code: 'not-placed',
    class: 'capacity',
    arrives: 'failure',
    summary: say('ECS did not place the task'),
    resolution: say('The launch is repeated after a while with a new token.'),
    example: { message: 'MemberOf placement constraint unsatisfied' },
  },
];
