import { IMAGE_STOP_REASONS } from './image-stop-reasons.js';
import { INITIALIZATION_STOP_REASONS } from './initialization-stop-reasons.js';
import type { StopReasonRow } from './stop-reason-row.js';

/** Network interfaces, volumes, roles and capacity, which come before image and secrets. */
const PROVISIONING_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'interface-timeout',
    cause: 'start-up-flake',
    pattern: /Timeout waiting for network interface provisioning/i,
    level: 'error',
    summary: 'The network interface of the task was not ready in time',
    resolution: 'It passes. If it lasts, look at the free addresses of the subnets.',
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
    resolution: 'It passes.',
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
    pattern: /unable to assume the (?:\w+ )*role\b|\brole\b.{0,80} (?:could not|cannot) be assumed/i,
    level: 'error',
    summary: 'ECS cannot assume a role of the task',
    resolution:
      'Let the trust policy of the role name ecs-tasks.amazonaws.com (for the infrastructure role of volumes: ecs.amazonaws.com), ' +
      'and allow the worker iam:PassRole on it. A new role takes a few minutes.',
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
    code: 'subnet-addresses',
    cause: 'network',
    pattern:
      /Unexpected EC2 error while attempting to Create Network Interface(?!.*(?:Invalid(?:Subnet|SecurityGroup|Group|Parameter)|Unauthorized|AuthFailure|not authorized))|InsufficientFreeAddresses/i,
    level: 'error',
    summary: 'The task got no network interface in its subnet',
    resolution: 'Name subnets with free addresses, or more of them.',
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
    code: 'interface-refused',
    cause: 'configuration',
    pattern: /Unexpected EC2 error while attempting to \w+ Network Interface/i,
    level: 'error',
    summary: 'EC2 refused the network interface of the task',
    resolution:
      'See the detail: the subnets and security groups of network_configuration, and the service-linked role of ECS.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': InvalidSubnetID.NotFound",
    },
    unlike: [{ stoppedReason: 'Timeout waiting for network interface provisioning to complete.' }],
  },
  {
    code: 'capacity-provider-empty',
    cause: 'capacity-never-came',
    pattern:
      /^(?:EMPTY CAPACITY PROVIDER|NO ACTIVE INSTANCES)|Capacity is unavailable|limit on the number of|Insufficient(?:Instance|Host|Reserved\w*|Volume)?Capacity|UnfulfillableCapacity|insufficient capacity|n(?:o|')t (?:currently )?have (?:sufficient|enough).{0,80} capacity|(?:Vcpu|InstanceCount|Instance)LimitExceeded|MaxSpotInstanceCountExceeded/i,
    level: 'error',
    summary: 'There was no capacity for the task',
    resolution: 'It may pass. Let the capacity provider grow, use more availability zones, or raise the quota.',
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
    resolution: 'It may pass. Add instances, or ask for less cpu and memory.',
    relaunch: 'if-not-run',
    example: { stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: RESOURCE:MEMORY' },
    unlike: [{ stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: ATTRIBUTE' }],
  },
  {
    code: 'placement',
    cause: 'configuration',
    pattern: /^(?:ATTRIBUTE|LOCATION)\b|placement constraint unsatisfied|^No instance types? satisf/i,
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
      'It may pass. If it lasts, check that filesystemType fits the operating system of the task, or the snapshot.',
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
      /(?:failed|unable|could not|cannot|can't).{0,60}\bEBS volume|\bEBS volume\b.{0,60}(?:failed|could not|cannot|can't)/i,
    level: 'error',
    summary: 'The EBS volume of the task could not be created or attached',
    resolution:
      'See the detail: size, type, snapshot and KMS key in volumeConfigurations, and the rights of the infrastructure role.',
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

/** What the container runtime of the host says. */
const RUNTIME_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'container-runtime-timeout',
    cause: 'start-up-flake',
    pattern: /^(?:ContainerRuntimeTimeoutError|DockerTimeoutError)\b|Could not transition to \w+; timed out/i,
    level: 'error',
    summary: 'The container runtime of the host did not answer in time',
    resolution: 'It passes. On EC2, look at the load of the instance.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m0s',
    },
    unlike: [{ stoppedReason: 'CannotStartContainerError: failed to get container status: exit code 1' }],
  },
  {
    code: 'container-runtime-lost',
    cause: 'host',
    pattern: /^Cannot(?:Stop|Inspect)ContainerError\b/i,
    level: 'error',
    summary: 'The container runtime of the host no longer answered for the container',
    resolution: 'On EC2, look at the load and the disk of the instance. The outcome of the container is not known.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containerReason: 'CannotStopContainerError: failed sending SIGTERM to container: context deadline exceeded',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s',
      },
    ],
  },
  {
    code: 'container-cannot-start',
    cause: 'configuration',
    pattern:
      /^(?:CannotStartContainerError|CannotCreateContainerError|CannotCreateVolumeError|ContainerRuntimeError)\b/i,
    level: 'error',
    summary: 'The container could not be started',
    resolution: 'Check command, entry point, volumes and user of the container; the detail names the cause.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotStartContainerError: ResourceInitialization: failed to create new container runtime task: exec: "nope": executable file not found in $PATH',
    },
    unlike: [{ stoppedReason: 'ContainerRuntimeTimeoutError: Could not transition to running; timed out after 1m' }],
  },
];

/** Ends of tasks that never started. Order matters: the first match counts. */
export const START_UP_STOP_REASONS: readonly StopReasonRow[] = [
  ...PROVISIONING_STOP_REASONS,
  ...IMAGE_STOP_REASONS,
  ...INITIALIZATION_STOP_REASONS,
  ...VOLUME_STOP_REASONS,
  ...RUNTIME_STOP_REASONS,
];
