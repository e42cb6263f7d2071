import type { StopReasonRow } from './stop-reason-row.js';

/** Messages of the host before it starts a container. */
export const HOST_NETWORK_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'container-network',
    cause: 'start-up-flake',
    pattern:
      /^(?:ContainerNetworkingError|NetworkNamespaceError|ENIInformationError)\b|\bfailed to (?:configure|set ?up) (?:regular )?ENI\b/i,
    level: 'error',
    summary: 'The host could not set up the network of the task',
    resolution: 'This usually resolves itself. On EC2, check the agent of the instance and its network interfaces.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to configure ENI: failed to setup regular eni: netplugin failed with no error message',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: "CannotPullContainerError: pull access denied for 'failed to configure ENI'",
      },
    ],
  },
];

/** Messages of the host's container runtime. Order matters: the first match applies. */
export const RUNTIME_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'container-runtime-timeout',
    cause: 'start-up-flake',
    pattern: /^(?:ContainerRuntimeTimeoutError|DockerTimeoutError)\b|Could not transition to \w+; timed out/i,
    level: 'error',
    summary: 'The container runtime of the host did not respond in time',
    resolution: 'This usually resolves itself. On EC2, check the load of the instance.',
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
    pattern: /^(?:Cannot(?:Stop|Inspect|Describe|Remove|List)Containers?Error|ContainerVanishedError)\b/i,
    level: 'error',
    summary: 'The container runtime of the host lost track of the container',
    resolution: 'On EC2, check the load and the disk of the instance. The outcome of the container is unknown.',
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
    code: 'container-dependency',
    cause: 'configuration',
    pattern: /^(?:TaskDependencyError|DependencyError)\b|\bdependency container\b|\bcontainer dependency\b/i,
    level: 'error',
    summary: 'A container did not reach the state that other containers depend on',
    resolution: 'Check dependsOn, startTimeout, the health check and the output of that container.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'TaskDependencyError: Task dependencies cannot be resolved',
    },
    unlike: [
      { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotStartContainerError: exec: "dependency": not found' },
    ],
  },
  {
    code: 'container-cannot-start',
    cause: 'configuration',
    pattern:
      /^(?:Cannot(?:Start|Create)Container(?:Exec)?Error|(?:Cannot(?:Create|Inspect|Remove)|CreateEmpty)VolumeError|CannotListPluginsError|CannotGetDockerClientError|ContainerRuntimeError|DockerStateError|DockerClientConfigError|HostConfigError)\b|^ResourceInitializationError: (?:failed|unable) to create new container\b/i,
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
