import type { StartedInfrastructure } from '@worker-host/core';
import type { EcsTask } from '../aws/ecs-api.js';
import { TAG, tagsOf } from '../observation/events/task-event.js';
import { parseStartedBy } from '../task-run/launch-token.js';
import { formatIdentifier } from '../utilities/ecs-identifier.js';
import { slugifyTag } from '../utilities/slug.js';
import type { SearchedCluster } from './find-launched-task.js';

const PAGE_SIZE = 100;

/**
 * Returns the running tasks in a cluster that were started for runs of a pool. Tasks without the pool's tag are
 * omitted.
 */
export async function listStartedTasks(
  { clients, cluster }: SearchedCluster,
  workPoolName: string,
  signal?: AbortSignal,
): Promise<readonly StartedInfrastructure[]> {
  const found: StartedInfrastructure[] = [];
  const where = cluster ? { cluster } : {};
  const options = signal ? { signal } : {};
  let nextToken: string | null = null;
  do {
    const page: { taskArns: readonly string[]; nextToken: string | null } = await clients.ecs.listTasks(
      { ...where, desiredStatus: 'RUNNING', maxResults: PAGE_SIZE, ...(nextToken ? { nextToken } : {}) },
      options,
    );
    if (page.taskArns.length > 0) {
      const { tasks } = await clients.ecs.describeTasks({ ...where, tasks: page.taskArns, include: ['TAGS'] }, options);
      found.push(...tasks.flatMap((task) => startedInfrastructure(task, cluster, workPoolName)));
    }
    nextToken = page.nextToken;
  } while (nextToken !== null);
  return found;
}

function startedInfrastructure(
  task: EcsTask,
  cluster: string | null,
  workPoolName: string,
): readonly StartedInfrastructure[] {
  const name = parseStartedBy(task.startedBy);
  const tags = tagsOf(task.tags);
  const pool = tags[TAG.workPoolName];
  if (name === null || !task.taskArn || pool === undefined || slugifyTag(pool) !== slugifyTag(workPoolName)) return [];
  const infrastructurePid = formatIdentifier({
    cluster: cluster || task.clusterArn || 'default',
    taskArn: task.taskArn,
  });
  const { flowRunId, attemptId } = name;
  return [{ infrastructurePid, flowRunId, attemptId, workPoolId: tags[TAG.workPoolId] ?? null }];
}
