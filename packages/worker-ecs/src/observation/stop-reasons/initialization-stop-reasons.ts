import type { StopReasonRow } from './stop-reason-row.js';
import { within } from './stop-reason-words.js';

const LOG_DRIVER = 'failed to (?:initialize logging driver|validate logger args)';
/** Prefix in the agent's message before the resource that it could not prepare. */
const INITIALIZATION =
  '^(?:ResourceInitializationError|ResourceNotFoundException|AccessDeniedException|Fetching secret data|unable to (?:pull|retrieve|fetch)|' +
  `execution resource retrieval failed|The task can(?:'t|not) (?:retrieve|find|pull))|${LOG_DRIVER}`;

/** Ends of tasks for which ECS could not prepare a resource. Order matters: the first match applies. */
export const INITIALIZATION_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'initialization-denied',
    cause: 'permissions',
    pattern: within(
      `(?=${INITIALIZATION}|.*\\bEBS volume)`,
      'access ?denied|not authorized|HTTP 40[13]|Forbidden|UnauthorizedOperation',
    ),
    level: 'error',
    summary: 'The execution role lacks a permission that the task needs to start',
    resolution:
      'Grant the execution role access to the registry, the secrets (secretsmanager:GetSecretValue, ssm:GetParameters, kms:Decrypt), ' +
      'environment files (s3:GetObject), EFS (elasticfilesystem:ClientMount, the task role) and the log group of the definition.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: AccessDeniedException: User is not authorized to perform: secretsmanager:GetSecretValue',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'ResourceInitializationError: unable to pull secrets or registry auth: failed to fetch secret arn:aws:secretsmanager:us-east-1:140312345678:secret:x: context deadline exceeded',
      },
    ],
  },
  {
    code: 'initialization-flake',
    cause: 'start-up-flake',
    pattern: within(
      INITIALIZATION,
      'throttl|rate exceeded|too many requests|HTTP (?:429|50[0234])|InternalServiceError|InternalServerError|InternalFailure|ServiceUnavailable',
    ),
    level: 'error',
    summary: 'A service that the task needs to start was overloaded or failed',
    resolution:
      'This usually resolves itself. If it persists, start fewer tasks at a time, or request a higher rate of that service from AWS.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ThrottlingException: Rate exceeded',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          "ResourceInitializationError: unable to retrieve secret from asm: The task can't retrieve the secret with ARN 'arn:aws:secretsmanager:us-east-1:111150322222:secret:throttling' from AWS Secrets Manager. Check whether the secret exists in the specified Region.",
      },
    ],
  },
  {
    code: 'initialization-file-system',
    cause: 'configuration',
    pattern: within(
      INITIALIZATION,
      '\\bEFS\\b|\\bFSx\\b|S3 Files\\b|\\bmount(?:ing)? (?:nfs|target|attempt|system|point)',
    ),
    level: 'error',
    summary: 'A file system could not be mounted',
    resolution: 'Check the mount targets, their security groups (port 2049) and the permissions on the file system.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "fs-1.efs.us-east-1.amazonaws.com"',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'ResourceInitializationError: unable to pull secrets or registry auth: failed to fetch secret arn:aws:secretsmanager:us-east-1:111122223333:secret:prefs-efs-db: context deadline exceeded',
      },
    ],
  },
  {
    code: 'initialization-network',
    cause: 'network',
    pattern: within(
      INITIALIZATION,
      'time-?out|timed out|deadline exceeded|connection (?:issue|refused|reset)|network configuration|dial tcp|no such host|unreachable|no route to host|request ?canceled|send request failed|signal: killed|could not connect to the endpoint',
    ),
    level: 'error',
    summary: 'The registry, the secrets or the log group are not reachable over the network',
    resolution:
      'Give the task access to AWS: assignPublicIp in a public subnet, NAT in a private one, or VPC endpoints.',
    relaunch: 'if-not-run',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: dial tcp 1.2.3.4:443: i/o timeout',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'ResourceInitializationError: failed to validate logger args: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group /ecs/timeout does not exist.',
      },
    ],
  },
  {
    code: 'initialization-logs',
    cause: 'configuration',
    pattern: new RegExp(`${LOG_DRIVER}|The task can(?:'t|not) find the Amazon CloudWatch log group`, 'i'),
    level: 'error',
    summary: 'The log driver of the container did not start',
    resolution: 'Create the log group, or set awslogs-create-group and allow the execution role logs:CreateLogGroup.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed',
      },
    ],
  },
  {
    code: 'secret-missing',
    cause: 'configuration',
    pattern:
      /can'?t find the specified secret|The task can(?:'t|not) (?:retrieve|find) the secret|whether the secret exists|ParameterNotFound|invalid (?:ssm )?parameters|did not contain json key|marked for deletion|GetSecretValueInput|unexpected ARN format|^(?:ResourceInitializationError: (?:unable|The task).*)?ResourceNotFoundException/i,
    level: 'error',
    summary: 'A secret or parameter of the definition does not exist',
    resolution: 'Check the ARNs under secrets, also prefect_api_key_secret_arn and prefect_api_auth_string_secret_arn.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        "ResourceNotFoundException: Secrets Manager can't find the specified secret. (unable to retrieve secret from asm)",
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.',
      },
    ],
  },
  {
    code: 'environment-file-missing',
    cause: 'configuration',
    pattern: within('failed to download env files', 'HTTP 404|NoSuchKey|NoSuchBucket|not found|does not exist'),
    level: 'error',
    summary: 'An environment file of the definition does not exist',
    resolution: 'Check the ARNs under environmentFiles, and the region of the bucket.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation error S3: HeadObject, https response error StatusCode: 404, api error NotFound: Not Found',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation error S3: HeadObject, https response error StatusCode: 403, api error Forbidden: Forbidden.',
      },
    ],
  },
  {
    code: 'credential-spec',
    cause: 'configuration',
    pattern: /\bcredential ?spec|\bgMSA\b/i,
    level: 'error',
    summary: 'The credential specification of the container could not be used',
    resolution:
      'Check credentialSpecs, the location it names (S3 or SSM), and the permission of the execution role to read it.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'CredentialSpecError: fail to retrieve credential spec from s3',
    },
    unlike: [
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'CannotPullContainerError: pull access denied for registry.corp/gmsa:1, repository does not exist',
      },
    ],
  },
];

/** A resource that ECS could not prepare for a reason that no other row matches. */
export const OTHER_INITIALIZATION_STOP_REASONS: readonly StopReasonRow[] = [
  {
    code: 'initialization',
    cause: 'failed-to-start',
    pattern: /^ResourceInitializationError\b/i,
    level: 'error',
    summary: 'ECS could not prepare a resource of the task',
    resolution:
      'Check registry, secrets, log group, file systems, and the network access to them; the detail names the cause.',
    relaunch: 'never',
    example: {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ResourceInitializationError: unable to pull secrets',
    },
    unlike: [{ stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' }],
  },
];
