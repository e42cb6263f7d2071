import type { LogStore } from '../../logs/log-store.js';
import type { Task, TaskContainer } from '../tasks/task.js';
import { StartFailure } from './container-run.js';

/** Group of containers that configure no `awslogs` driver. With AWS their output would not be in CloudWatch Logs. */
export const UNCONFIGURED_LOG_GROUP = '/local-aws/ecs';
export const UNCONFIGURED_STREAM_PREFIX = 'local';

/**
 * Where the lines of a container go: the group and stream of its `awslogs` options, as the driver names them. Throws a
 * {@link StartFailure} when the group is missing and the options do not ask for it to be made.
 */
export function openTaskLog(
  task: Task,
  container: TaskContainer,
  storeOf: (region: string | null) => LogStore,
): (line: string) => void {
  const configuration = container.definition.logConfiguration;
  const options = configuration?.logDriver === 'awslogs' ? (configuration.options ?? {}) : null;
  const store = storeOf(options?.['awslogs-region'] ?? null);
  const groupName = options?.['awslogs-group'] ?? UNCONFIGURED_LOG_GROUP;
  const isMissing = !store.groups.has(groupName);
  if (options !== null && isMissing && options['awslogs-create-group'] !== 'true') {
    throw new StartFailure(
      'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1',
    );
  }
  const prefix = options === null ? UNCONFIGURED_STREAM_PREFIX : options['awslogs-stream-prefix'];
  const streamName = prefix ? `${prefix}/${container.definition.name}/${task.id}` : container.id;
  const stream = store.ensureStream(store.ensureGroup(groupName), streamName);
  return (line) => store.write(stream, line);
}
