import { isJsonObject } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTask, RunTaskInput } from '../aws/ecs-api.js';

const PAGE_SIZE = 100;
const MOST_STOPPED_PAGES = 20;

/** A task with the ARN that makes it one. */
export type KnownTask = EcsTask & { readonly taskArn: string };

/**
 * Looks for the task of a launch by what it was started by: first among the tasks alive, then among those that ended
 * within the last hour (ECS lists these by family only). Null: there is none that ECS still knows.
 */
export async function findLaunchedTask(
  clients: Pick<AwsClients, 'ecs'>,
  request: RunTaskInput,
  startedBy: string,
  family: string | null,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  return (
    (await findTaskAlive(clients, request, startedBy, signal)) ??
    (await findStopped(clients, clusterOf(request), startedBy, family, signal))
  );
}

/** Looks for the task of a launch among those alive, by one call. Null: there is none. */
export async function findTaskAlive(
  clients: Pick<AwsClients, 'ecs'>,
  request: RunTaskInput,
  startedBy: string,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  const cluster = clusterOf(request);
  const options = { signal, priority: 'launch' } as const;
  const alive = await clients.ecs.listTasks({ ...cluster, startedBy, maxResults: PAGE_SIZE }, options);
  return oldestOf(clients, cluster, alive.taskArns, startedBy, signal);
}

/** Describes tasks by ARN. Null: none of them is known. */
export async function describeFirst(
  clients: Pick<AwsClients, 'ecs'>,
  request: RunTaskInput,
  taskArns: readonly string[],
  signal: AbortSignal,
): Promise<KnownTask | null> {
  return oldestOf(clients, clusterOf(request), taskArns, null, signal);
}

async function findStopped(
  clients: Pick<AwsClients, 'ecs'>,
  cluster: { readonly cluster?: string },
  startedBy: string,
  family: string | null,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  let nextToken: string | null = null;
  for (let page = 0; page < MOST_STOPPED_PAGES; page += 1) {
    const answer: { taskArns: readonly string[]; nextToken: string | null } = await clients.ecs.listTasks(
      {
        ...cluster,
        ...(family ? { family } : {}),
        desiredStatus: 'STOPPED',
        maxResults: PAGE_SIZE,
        ...(nextToken ? { nextToken } : {}),
      },
      { signal, priority: 'launch' },
    );
    const found = await oldestOf(clients, cluster, answer.taskArns, startedBy, signal);
    if (found) return found;
    nextToken = answer.nextToken;
    if (nextToken === null) return null;
  }
  return null;
}

async function oldestOf(
  clients: Pick<AwsClients, 'ecs'>,
  cluster: { readonly cluster?: string },
  taskArns: readonly string[],
  startedBy: string | null,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  if (taskArns.length === 0) return null;
  const { tasks } = await clients.ecs.describeTasks(
    { ...cluster, tasks: taskArns, include: ['TAGS'] },
    { signal, priority: 'launch' },
  );
  const found = tasks
    .filter((task): task is KnownTask => task.taskArn !== undefined)
    .filter((task) => startedBy === null || task.startedBy === startedBy)
    .sort((a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''));
  return found[0] ?? null;
}

function clusterOf(request: RunTaskInput): { readonly cluster?: string } {
  return typeof request.cluster === 'string' && request.cluster !== '' ? { cluster: request.cluster } : {};
}

/** Family of a task definition. Null: it cannot be told. */
export function familyOf(taskDefinition: unknown): string | null {
  return isJsonObject(taskDefinition) && typeof taskDefinition.family === 'string' ? taskDefinition.family : null;
}
