import type { StopReasonRow } from './stop-reason-row.js';
import { within } from './stop-reason-words.js';

const PULL = "^(?:CannotPull\\w*Error|The task can(?:'t|not) pull (?:the |an )?(?:image|…))";

/** Ends of tasks whose image could not be pulled. Order matters: the first match applies. */
export const IMAGE_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'image-pull-denied',
    cause: 'permissions',
    pattern: within(
      PULL,
      'not authorized to perform|AccessDenied|HTTP 40[13]|no basic auth credentials|unauthorized:|authentication required|Check that the role has the permissions|failed to fetch (?:anonymous|oauth) token: HTTP 40',
    ),
    level: 'error',
    summary: 'The registry denies the task the image',
    resolution:
      'Grant the execution role (on EC2 the role of the instance) ecr:GetAuthorizationToken, ecr:BatchCheckLayerAvailability, ' +
      'ecr:GetDownloadUrlForLayer and ecr:BatchGetImage, and check the policies of the repository and of VPC endpoints; for ' +
      'another private registry, set repositoryCredentials.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "CannotPullContainerError: The task can't pull the image. Check that the role has the permissions to pull images from the registry. Error response from daemon: pull access denied for 111122223333.dkr.ecr.us-east-1.amazonaws.com/etl, repository does not exist or may require 'docker login': denied: User: arn:aws:sts::111122223333:assumed-role/etl/i-0a1b is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:111122223333:repository/etl",
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 140312345678.dkr.ecr.us-east-1.amazonaws.com/etl:403: 140312345678.dkr.ecr.us-east-1.amazonaws.com/etl:403: not found',
      },
    ],
  },
  {
    code: 'image-pull-disk',
    cause: 'configuration',
    pattern: within(PULL, 'no space left on device'),
    level: 'error',
    summary: 'The image does not fit on the disk',
    resolution:
      'Raise ephemeralStorage of the definition (on EC2 the disk of the instance), or make the image smaller.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob111111111: no space left on device',
    },
    unlike: [{ stopCode: 'TaskFailedToStart', stoppedReason: 'CannotCreateVolumeError: no space left on device' }],
  },
  {
    code: 'image-pull-certificate',
    cause: 'configuration',
    pattern: within(
      PULL,
      '\\bx509:|\\btls: (?:failed to verify|bad certificate)|server gave HTTP response to HTTPS client',
    ),
    level: 'error',
    summary: 'The certificate of the registry is not trusted',
    resolution:
      'Use a certificate of a public authority; Fargate trusts no others. On EC2 the instance can trust another authority.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotPullContainerError: failed to resolve ref images.corp/etl:1: failed to do request: tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotPullContainerError: failed to resolve ref images.corp/x509:1: not found',
      },
    ],
  },
  {
    code: 'image-pull-network',
    cause: 'network',
    pattern: within(
      `${PULL}|The task can(?:'t|not) pull registry auth`,
      'connection issue between the task and|Check your (?:\\w+ )?network configuration|no such host|connection refused|no route to host|network is unreachable|proxyconnect|signal: killed|nil pointer dereference',
    ),
    level: 'error',
    summary: 'The image or the secrets are not reachable over the network',
    resolution:
      'Give the task access to the registry: assignPublicIp in a public subnet, NAT in a private one, or VPC endpoints.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR.',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'CannotPullContainerError: pull access denied for network-configuration, repository does not exist or may require docker login',
      },
    ],
  },
  {
    code: 'image-pull-flake',
    cause: 'start-up-flake',
    pattern: within(
      PULL,
      'i/o timeout|TLS handshake timeout|connection (?:reset|timed out)|Client\\.Timeout|too ?many ?requests|pull rate limit|throttl|rate exceeded|HTTP (?:429|50[0234])|\\bEOF\\b|context (?:deadline exceeded|canceled)|request canceled|server misbehaving|stream error|broken pipe',
    ),
    level: 'error',
    summary: 'The image could not be pulled: the registry did not respond',
    resolution:
      'This usually resolves itself. If it persists, check the connection to the registry (NAT, endpoints) and its rate limits.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/x: dial tcp 3.1.2.3:443: i/o timeout',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'CannotPullContainerError: failed to resolve reference "registry.corp:5000/etl@sha256:9a1f500cbd": registry.corp:5000/etl@sha256:9a1f500cbd: not found',
      },
    ],
  },
  {
    code: 'image-pull',
    cause: 'image',
    pattern: new RegExp(`${PULL}|^The task can(?:'t|not) find the image`, 'i'),
    level: 'error',
    summary: 'The image could not be pulled',
    resolution:
      'Check that the image and its tag exist for the architecture, and that the execution role can read the registry.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'CannotPullContainerError: failed to resolve reference "docker.io/library/nope:latest": docker.io/library/nope:latest: not found',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'CannotStartContainerError: failed to create new container runtime task: exec: "CannotPullImage": executable file not found in $PATH',
      },
    ],
  },
];
