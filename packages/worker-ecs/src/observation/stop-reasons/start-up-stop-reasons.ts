import { IMAGE_STOP_REASONS } from './image-stop-reasons.js';
import { INITIALIZATION_STOP_REASONS, OTHER_INITIALIZATION_STOP_REASONS } from './initialization-stop-reasons.js';
import { HOST_NETWORK_STOP_REASONS, RUNTIME_STOP_REASONS } from './runtime-stop-reasons.js';
import type { StopReasonRow } from './stop-reason-row.js';
import { within } from './stop-reason-words.js';

const EC2_ERROR = 'Unexpected EC2 error while attempting to .{1,60}?Network Interface';

/** Network interfaces, volumes, roles and capacity, which precede image and secrets. */
const PROVISIONING_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'interface-timeout',
    cause: 'start-up-flake',
    pattern: /Timeout waiting for network interface provisioning/i,
    level: 'error',
    summary: 'The network interface of the task was not ready in time',
    resolution: 'This usually resolves itself. If it persists, check the free addresses of the subnets.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Timeout waiting for network interface provisioning to complete.',
    },
    unlike: [{ stoppedReason: 'Timeout waiting for EphemeralStorage provisioning to complete.' }],
  },
  {
    code: 'storage-timeout',
    cause: 'start-up-flake',
    pattern: /Timeout waiting for Ephemeral ?Storage provisioning/i,
    level: 'error',
    summary: 'The storage of the task was not ready in time',
    resolution: 'This usually resolves itself.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Timeout waiting for EphemeralStorage provisioning to complete.',
    },
    unlike: [{ stoppedReason: 'Timeout waiting for network interface provisioning to complete.' }],
  },
  {
    code: 'role-not-assumed',
    cause: 'permissions',
    pattern: /unable to assume (?:the )?(?:\w+ )*role\b|\brole\b.{0,80} (?:could not|cannot) be assumed/i,
    level: 'error',
    summary: 'ECS cannot assume a role of the task',
    resolution:
      'Name ecs-tasks.amazonaws.com in the trust policy of the role (for the infrastructure role of volumes: ecs.amazonaws.com), ' +
      'and grant the worker iam:PassRole on it. A new role takes a few minutes.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "ECS was unable to assume the configured ECS Infrastructure Role 'arn:aws:iam::111122223333:role/ecsInfrastructureRole'. Please verify that the role being passed has the proper trust relationship with Amazon ECS",
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'ECS timed out while configuring the EBS volume attachment to your Task.',
      },
    ],
  },
  {
    code: 'interface-flake',
    cause: 'start-up-flake',
    pattern: within(
      EC2_ERROR,
      'RequestLimitExceeded|Throttl|rate exceeded|InternalError|InternalFailure|Unavailable\\b|HTTP (?:429|50[0234])',
    ),
    level: 'error',
    summary: 'EC2 was overloaded or failed while it created the network interface of the task',
    resolution:
      'This usually resolves itself. If it persists, start fewer tasks at a time, or request a higher rate of EC2 from AWS.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': RequestLimitExceeded",
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-unavailable': InvalidSubnetID.NotFound",
      },
    ],
  },
  {
    code: 'interface-limit',
    cause: 'capacity-never-came',
    pattern: within(EC2_ERROR, '\\w+LimitExceeded'),
    level: 'error',
    summary: 'The account has as many network interfaces as its quota allows',
    resolution: 'Request a higher quota of network interfaces from AWS, or delete unused ones.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': NetworkInterfaceLimitExceeded",
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': RequestLimitExceeded",
      },
    ],
  },
  {
    code: 'interface-refused',
    cause: 'configuration',
    pattern: within(EC2_ERROR, 'Invalid\\w*|Unauthorized\\w*|AuthFailure|not authorized|UnsupportedOperation'),
    level: 'error',
    summary: 'EC2 refused the network interface of the task',
    resolution:
      'Check the subnets and security groups of network_configuration, and the service-linked role of ECS; the detail names the cause.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': InvalidSubnetID.NotFound",
    },
    unlike: [{ stoppedReason: 'Timeout waiting for network interface provisioning to complete.' }],
  },
  {
    code: 'subnet-addresses',
    cause: 'network',
    pattern: new RegExp(`${EC2_ERROR}|InsufficientFreeAddresses`, 'i'),
    level: 'error',
    summary: 'The task got no network interface in its subnet',
    resolution: 'Use subnets with free addresses, or more subnets.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet 'subnet-a': InsufficientFreeAddressesInSubnet",
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': InvalidSubnetID.NotFound",
      },
    ],
  },
  {
    code: 'capacity-provider-empty',
    cause: 'capacity-never-came',
    pattern:
      /^(?:EMPTY CAPACITY PROVIDER|NO ACTIVE INSTANCES)|Capacity is unavailable|limit on the number of|Insufficient(?:Instance|Host|Reserved\w*|Volume)?Capacity|UnfulfillableCapacity|insufficient capacity|n(?:o|')t (?:currently )?have (?:sufficient|enough).{0,80} capacity|(?:Vcpu|InstanceCount|Instance)LimitExceeded|MaxSpotInstanceCountExceeded/i,
    level: 'error',
    summary: 'ECS had no capacity for the task',
    resolution:
      'This may resolve itself. Let the capacity provider grow, use more availability zones, or raise the quota.',
    relaunch: 'if-not-run',
    example: { stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: EMPTY CAPACITY PROVIDER' },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          "CannotPullContainerError: failed to resolve ref 'registry.corp/insufficient/capacity:latest': not found",
      },
    ],
  },
  {
    code: 'resources',
    cause: 'capacity-never-came',
    pattern: /^(?:RESOURCE:|AGENT\b)/i,
    level: 'error',
    summary: 'No container instance had room for the task',
    resolution: 'This may resolve itself. Add instances, or ask for less cpu and memory.',
    relaunch: 'if-not-run',
    example: { stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: RESOURCE:MEMORY' },
    unlike: [{ stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: ATTRIBUTE' }],
  },
  {
    code: 'placement',
    cause: 'configuration',
    pattern:
      /^(?:ATTRIBUTE|LOCATION)\b|placement constraint unsatisfied|^(?:ResourceInitializationError: )?No instance types? satisf/i,
    level: 'error',
    summary: 'No container instance fits the task',
    resolution: 'Compare placement constraints, architecture and log driver of the task with the instances.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'TaskFailedToStart: MemberOf placement constraint unsatisfied',
    },
    unlike: [{ stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: RESOURCE:ENI' }],
  },
  {
    code: 'volume-timeout',
    cause: 'start-up-flake',
    pattern: /time(?:d |-)?out .{0,60}\bEBS volume/i,
    level: 'error',
    summary: 'The EBS volume of the task was not ready in time',
    resolution:
      'This may resolve itself. If it persists, check that filesystemType fits the operating system of the task, or the snapshot.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ECS timed out while configuring the EBS volume attachment to your Task.',
    },
    unlike: [{ stoppedReason: 'Timeout waiting for EphemeralStorage provisioning to complete.' }],
  },
];

const VOLUME_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'volume-refused',
    cause: 'configuration',
    pattern:
      /^(?!.*(?:access ?denied|not authorized|UnauthorizedOperation|HTTP 40[13])).*(?:(?:failed|unable|could not|cannot|can't|error).{0,60}\bEBS volume|\bEBS volume\b.{0,60}(?:failed|could not|cannot|can't|invalid))/i,
    level: 'error',
    summary: 'The EBS volume of the task could not be created or attached',
    resolution:
      'Check size, type, snapshot and KMS key in volumeConfigurations, and the permissions of the infrastructure role; the detail names the cause.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ECS failed to set up the EBS volume. Encountered IdempotentParameterMismatch"; "The client token you have provided is associated with a resource that is already deleted. Please use a different client token."',
    },
    unlike: [
      { stopCode: 'TaskFailedToStart', stoppedReason: 'Timed out waiting for EBS volume provisioning to complete' },
    ],
  },
];

/** Ends of tasks that never started. Order matters: the first match applies. */
export const START_UP_STOP_REASONS: readonly StopReasonRow[] = [
  ...PROVISIONING_STOP_REASONS,
  ...IMAGE_STOP_REASONS,
  ...VOLUME_STOP_REASONS,
  ...HOST_NETWORK_STOP_REASONS,
  ...INITIALIZATION_STOP_REASONS,
  ...RUNTIME_STOP_REASONS,
  ...OTHER_INITIALIZATION_STOP_REASONS,
];
