import { THROTTLE_TEXT } from '../errors/aws-error-facts.js';
import { type LaunchErrorRow, say } from './launch-error-row.js';

/** Errors after which the launch continues: with the same token, a later one, or another definition. */
export const PASSING_LAUNCH_REFUSALS: readonly LaunchErrorRow[] = [
  {
    code: 'token-reused',
    class: 'already-launched',
    arrives: 'error',
    names: ['ConflictException'],
    summary: say('The run was already launched, with other parameters'),
    resolution: say('Nothing: the worker adopts the existing task.'),
    example: {
      name: 'ConflictException',
      message: 'The clientToken has already been used with different parameters.',
    },
    unlike: [{ name: 'InvalidParameterException', message: 'The clientToken must be at most 64 characters.' }],
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
    summary: say('AWS throttles the calls'),
    resolution: say(
      'The launch is retried more slowly. If it persists, request a higher rate from AWS, or spread the load over accounts.',
    ),
    example: { name: 'ThrottlingException', message: 'Rate exceeded' },
    unlike: [{ name: 'InvalidParameterException', message: 'ThrottlingException is no family name' }],
  },
  {
    code: 'throttled-inside',
    class: 'throttle',
    arrives: 'error',
    pattern: THROTTLE_TEXT,
    summary: say('A service behind ECS throttles the calls'),
    resolution: say(
      'The launch is retried more slowly. If it persists, request a higher rate of that service from AWS.',
    ),
    example: {
      name: 'InvalidParameterException',
      message: 'Error retrieving security group information for [sg-1]: Request limit exceeded. (Rate exceeded)',
    },
    unlike: [
      {
        name: 'InvalidParameterException',
        message: "Container name too-many-requests not found in task definition 'rate-exceeded'.",
      },
    ],
  },
  {
    code: 'provisioning-full',
    class: 'capacity',
    arrives: 'error',
    pattern: /tasks provisioning capacity limit exceeded/i,
    summary: say('The cluster has as many tasks waiting for instances as ECS allows (500)'),
    resolution: say('The launch waits. Let the Auto Scaling group grow faster, or launch fewer tasks at a time.'),
    example: { name: 'ClientException', message: 'Tasks provisioning capacity limit exceeded.' },
    unlike: [{ name: 'ClientException', message: 'The limit on the number of tasks is reached.' }],
  },
  {
    code: 'role-not-ready',
    class: 'settling',
    arrives: 'error',
    pattern: /unable to assume (?:the )?(?:\w+ )*role\b|\brole\b.{0,80} (?:could not|cannot) be assumed/i,
    summary: say('ECS cannot assume the role of the task yet'),
    resolution: say(
      'A new role takes a moment. If it persists, let ecs-tasks.amazonaws.com assume the role (trust policy; for volumes: ' +
        'ecs.amazonaws.com); create the service-linked role with: aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
    ),
    example: {
      name: 'ClientException',
      message:
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/task' that was provided for this task. " +
        'Please verify that the role being passed has the proper trust relationship and permissions.',
    },
    unlike: [
      {
        name: 'AccessDenied',
        message:
          'User is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/unable-to-assume-the-role',
      },
    ],
  },
  {
    code: 'definition-inactive',
    class: 'definition-gone',
    arrives: 'error',
    pattern: /task ?definition is inactive/i,
    summary: ({ taskDefinitionArn }) => `The task definition is inactive [${taskDefinitionArn ?? 'unknown'}]`,
    resolution: say(
      'It was deregistered. Set task_definition_arn to an ACTIVE revision, or omit it to register a new one.',
    ),
    example: { name: 'ClientException', message: 'TaskDefinition is inactive' },
    unlike: [{ name: 'ClientException', message: 'The referenced cluster was inactive.' }],
  },
  {
    code: 'definition-not-found',
    class: 'definition-gone',
    arrives: 'error',
    names: ['ClientException', 'InvalidParameterException'],
    pattern: /task ?definition not found|unable to describe task definition/i,
    summary: ({ taskDefinitionArn }) => `The task definition does not exist [${taskDefinitionArn ?? 'unknown'}]`,
    resolution: say('Check task_definition_arn, its account and its region.'),
    example: { name: 'ClientException', message: 'TaskDefinition not found.' },
    unlike: [{ name: 'ClusterNotFoundException', message: 'Cluster not found.' }],
  },
];
