import { invalidParameter } from '../../server/aws-error.js';
import type { Answer } from '../../server/operation.js';
import { decodePageToken, encodePageToken } from '../../server/paging.js';
import type { EcsState } from '../ecs-state.js';
import { checkPageSize } from '../task-definitions/definition-store.js';

interface ListTasksRequest {
  readonly cluster?: string;
  readonly family?: string;
  readonly startedBy?: string;
  readonly serviceName?: string;
  readonly containerInstance?: string;
  readonly launchType?: string;
  readonly desiredStatus?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/**
 * ListTasks: returns tasks with the desired status RUNNING by default, STOPPED on request, and none for PENDING.
 * `startedBy` must be the only filter. Pages are in order of launch, so that no task is repeated or omitted when others
 * end.
 */
export function listTasks(state: EcsState, request: ListTasksRequest): Answer {
  const cluster = state.clusters.get(request.cluster);
  const { family, startedBy, serviceName, containerInstance, launchType, desiredStatus } = request;
  if (startedBy !== undefined && [family, serviceName, containerInstance, launchType, desiredStatus].some(isGiven)) {
    throw invalidParameter('When startedBy is specified, it must be the only filter.');
  }
  const size = checkPageSize(request.maxResults);
  const position = decodePageToken(request.nextToken, () => invalidParameter('Invalid token'));
  const after = position === null ? 0 : Number(position);
  state.forgetOldTasks();
  const wanted = desiredStatus ?? 'RUNNING';
  const taskArns: string[] = [];
  let last = after;
  let hasMore = false;
  for (const task of state.mayBeListed(cluster, wanted)) {
    if (task.sequence <= after) continue;
    if (startedBy !== undefined && task.request.startedBy !== startedBy) continue;
    if (family !== undefined && task.definition.family !== family) continue;
    if (launchType !== undefined && task.launchType !== launchType) continue;
    if (containerInstance !== undefined && task.containerInstanceArn?.endsWith(containerInstance) !== true) continue;
    if (serviceName !== undefined) continue;
    if (state.reads.see('ListTasks', task)?.desiredStatus !== wanted) continue;
    if (taskArns.length === size) {
      hasMore = true;
      break;
    }
    taskArns.push(task.arn);
    last = task.sequence;
  }
  return { taskArns, nextToken: hasMore ? encodePageToken(last) : undefined };
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined;
}
