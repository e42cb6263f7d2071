import { checkGroupName, checkStreamName } from '../../logs/check-names.js';
import type { LogStore, LogStream } from '../../logs/log-store.js';
import { AwsError } from '../../server/aws-error.js';
import type { Task, TaskContainer } from '../tasks/task.js';
import { StartFailure } from './container-run.js';

/** Group of containers without the `awslogs` driver. In AWS their output would not be in CloudWatch Logs. */
export const UNCONFIGURED_LOG_GROUP = '/local-aws/ecs';
export const UNCONFIGURED_STREAM_PREFIX = 'local';

const CREATE_STREAM = 'failed to create Cloudwatch log stream';

/**
 * Returns where the lines of a container go: the group and stream of its `awslogs` options, named as the driver does.
 *
 * @throws StartFailure if CloudWatch rejects the names, or the group is missing and the options do not create it.
 */
export function openTaskLog(
  task: Task,
  container: TaskContainer,
  storeOf: (region: string | null) => LogStore,
): (line: string) => void {
  const { logConfiguration, name } = container.definition;
  if (logConfiguration?.logDriver !== 'awslogs') {
    const store = storeOf(null);
    const streamName = `${UNCONFIGURED_STREAM_PREFIX}/${name}/${task.id}`;
    const stream = store.ensureStream(store.ensureGroup(UNCONFIGURED_LOG_GROUP), streamName);
    return (line) => store.write(stream, line);
  }
  const options = logConfiguration.options ?? {};
  const store = storeOf(options['awslogs-region'] ?? null);
  const prefix = options['awslogs-stream-prefix'];
  const streamName = prefix ? `${prefix}/${name}/${task.id}` : container.id;
  const stream = createStream(store, options, streamName, task.launchType);
  return (line) => store.write(stream, line);
}

/** Does what the driver does before the container starts. */
function createStream(
  store: LogStore,
  options: Readonly<Record<string, string>>,
  streamName: string,
  launchType: string,
): LogStream {
  const groupName = options['awslogs-group'] ?? '';
  try {
    checkGroupName(groupName);
    checkStreamName(streamName);
    if (options['awslogs-create-group'] === 'true') store.ensureGroup(groupName);
    return store.ensureStream(store.group(groupName), streamName);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw driverFailure(`${CREATE_STREAM}: ${error.awsCode}: ${error.message}`, launchType);
  }
}

/** Fargate checks the driver before it starts containers; otherwise the container engine reports the failure. */
function driverFailure(cause: string, launchType: string): StartFailure {
  if (launchType !== 'FARGATE') {
    const engine = 'CannotStartContainerError: Error response from daemon: failed to initialize logging driver';
    return new StartFailure(`${engine}: ${cause}`, 'Task failed to start');
  }
  return new StartFailure(
    `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: ${cause} : exit status 1`,
  );
}
