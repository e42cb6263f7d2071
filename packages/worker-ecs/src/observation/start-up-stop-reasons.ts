import type { StopReasonRow } from './stop-reason-row.js';

const PULL_FLAKE =
  /CannotPull[\s\S]*(i\/o timeout|TLS handshake timeout|connection reset|toomanyrequests|Too Many Requests|50[0234]|unexpected EOF|context deadline exceeded|request canceled)/i;

/** Ends of tasks that never started. Order matters: the first match counts. */
export const START_UP_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'image-pull-flake',
    cause: 'start-up-flake',
    pattern: PULL_FLAKE,
    level: 'error',
    summary: 'The image could not be pulled: the registry did not answer',
    resolution: 'It often passes. If it lasts, check the way to the registry (NAT, endpoints) and its rate limits.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/x: dial tcp 3.1.2.3:443: i/o timeout',
    },
  },
  {
    code: 'image-pull-network',
    cause: 'network',
    pattern: /The task cannot pull .*(connection issue|network)/i,
    level: 'error',
    summary: 'The image or the secrets could not be reached over the network',
    resolution:
      'Give the task a way to the registry: assignPublicIp in a public subnet, NAT in a private one, or VPC endpoints.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR.',
    },
  },
  {
    code: 'image-pull',
    cause: 'image',
    pattern: /CannotPull(Container|ECRContainer|Image)|The task cannot pull .*image/i,
    level: 'error',
    summary: 'The image could not be pulled',
    resolution:
      'Check that the image and its tag exist for the architecture, and that the execution role may read the registry.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotPullContainerError: failed to resolve reference "docker.io/library/nope:latest": docker.io/library/nope:latest: not found',
    },
  },
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
  },
  {
    code: 'storage-timeout',
    cause: 'start-up-flake',
    pattern: /Timeout waiting for EphemeralStorage provisioning/i,
    level: 'error',
    summary: 'The storage of the task was not ready in time',
    resolution: 'It passes.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Timeout waiting for EphemeralStorage provisioning to complete.',
    },
  },
  {
    code: 'subnet-addresses',
    cause: 'network',
    pattern: /Unexpected EC2 error while attempting to Create Network Interface|InsufficientFreeAddresses/i,
    level: 'error',
    summary: 'The task got no network interface in its subnet',
    resolution: 'Name subnets with free addresses, or more of them.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet 'subnet-a': InsufficientFreeAddressesInSubnet",
    },
  },
  {
    code: 'initialization-denied',
    cause: 'permissions',
    pattern: /ResourceInitializationError[\s\S]*(access ?denied|not authorized|AccessDeniedException|403)/i,
    level: 'error',
    summary: 'The execution role may not read what the task needs to start',
    resolution:
      'Allow the execution role the registry, the secrets (secretsmanager:GetSecretValue, ssm:GetParameters, kms:Decrypt) and the log group the definition names.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: AccessDeniedException: User is not authorized to perform: secretsmanager:GetSecretValue',
    },
  },
  {
    code: 'initialization-logs',
    cause: 'configuration',
    pattern: /failed to initialize logging driver|failed to validate logger args/i,
    level: 'error',
    summary: 'The log driver of the container did not start',
    resolution: 'Create the log group, or set awslogs-create-group and allow the execution role logs:CreateLogGroup.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.',
    },
  },
  {
    code: 'initialization-file-system',
    cause: 'configuration',
    pattern: /ResourceInitializationError[\s\S]*(EFS|mount)/i,
    level: 'error',
    summary: 'A file system could not be mounted',
    resolution: 'Check the mount targets, their security groups (port 2049) and the rights to the file system.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "fs-1.efs.us-east-1.amazonaws.com"',
    },
  },
  {
    code: 'initialization-network',
    cause: 'network',
    pattern:
      /ResourceInitializationError[\s\S]*(timeout|deadline exceeded|connection|dial tcp|no such host|unreachable)/i,
    level: 'error',
    summary: 'The registry or the secrets could not be reached over the network',
    resolution:
      'Give the task a way to AWS: assignPublicIp in a public subnet, NAT in a private one, or VPC endpoints.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: dial tcp 1.2.3.4:443: i/o timeout',
    },
  },
  {
    code: 'secret-missing',
    cause: 'configuration',
    pattern: /ResourceNotFoundException|can't find the specified secret|ParameterNotFound|invalid ssm parameters/i,
    level: 'error',
    summary: 'A secret or parameter of the definition does not exist',
    resolution: 'Check the ARNs under secrets, also prefect_api_key_secret_arn and prefect_api_auth_string_secret_arn.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "ResourceNotFoundException: Secrets Manager can't find the specified secret. (unable to retrieve secret from asm)",
    },
  },
  {
    code: 'initialization',
    cause: 'failed-to-start',
    pattern: /ResourceInitializationError/i,
    level: 'error',
    summary: 'ECS could not make ready what the task needs',
    resolution: 'See the detail: registry, secrets, log group, file systems, and the way to them.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ResourceInitializationError: unable to pull secrets',
    },
  },
  {
    code: 'capacity-provider-empty',
    cause: 'capacity-never-came',
    pattern: /EMPTY CAPACITY PROVIDER|NO ACTIVE INSTANCES|Capacity is unavailable|limit on the number of/i,
    level: 'error',
    summary: 'There was no capacity for the task',
    resolution: 'It may pass. Let the capacity provider grow, use more availability zones, or raise the quota.',
    relaunch: 'if-not-run',
    example: { stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: EMPTY CAPACITY PROVIDER' },
  },
  {
    code: 'resources',
    cause: 'capacity-never-came',
    pattern: /TaskFailedToStart: ?(RESOURCE:|AGENT)|^RESOURCE:/im,
    level: 'error',
    summary: 'No container instance had room for the task',
    resolution: 'It may pass. Add instances, or ask for less cpu and memory.',
    relaunch: 'if-not-run',
    example: { stopCode: 'TaskFailedToStart', stoppedReason: 'TaskFailedToStart: RESOURCE:MEMORY' },
  },
  {
    code: 'placement',
    cause: 'configuration',
    pattern: /TaskFailedToStart: ?ATTRIBUTE|MemberOf placement constraint unsatisfied/i,
    level: 'error',
    summary: 'No container instance fits the task',
    resolution: 'Compare placement constraints, architecture and log driver of the task with the instances.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'TaskFailedToStart: MemberOf placement constraint unsatisfied',
    },
  },
  {
    code: 'container-runtime-timeout',
    cause: 'start-up-flake',
    pattern: /ContainerRuntimeTimeoutError|DockerTimeoutError|Could not transition to (created|started); timed out/i,
    level: 'error',
    summary: 'The container runtime of the host did not answer in time',
    resolution: 'It passes. On EC2, look at the load of the instance.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m0s',
    },
  },
  {
    code: 'container-cannot-start',
    cause: 'configuration',
    pattern: /CannotStartContainerError|CannotCreateContainerError|CannotCreateVolumeError|ContainerRuntimeError/i,
    level: 'error',
    summary: 'The container could not be started',
    resolution: 'Check command, entry point, volumes and user of the container; the detail names the cause.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotStartContainerError: ResourceInitialization: failed to create new container runtime task: exec: "nope": executable file not found in $PATH',
    },
  },
];
