import { InfrastructureNotAvailable } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTask } from '../aws/ecs-api.js';

const PAGE_SIZE = 100;
const MOST_STOPPED_PAGES = 100;

/** A task with its ARN. */
export type KnownTask = EcsTask & { readonly taskArn: string };

/** A cluster to search. */
export interface SearchedCluster {
  readonly clients: Pick<AwsClients, 'ecs'>;
  /** Name or ARN. Null: the cluster `default`. */
  readonly cluster: string | null;
}

/**
 * Searches for the task of a launch by `startedBy`: first among running tasks, then among those that ended within the
 * last hour (ECS lists these only by family). Null: ECS returns none.
 *
 * @param family of its definition. Null: all families.
 */
export async function findLaunchedTask(
  searched: SearchedCluster,
  startedBy: string,
  family: string | null,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  return (await findTaskAlive(searched, startedBy, signal)) ?? (await findStopped(searched, startedBy, family, signal));
}

/** Searches for the task of a launch among running tasks, with one call. Null: none. */
export async function findTaskAlive(
  searched: SearchedCluster,
  startedBy: string,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  const input = { ...clusterOf(searched), startedBy, maxResults: PAGE_SIZE };
  const { taskArns } = await searched.clients.ecs.listTasks(input, { signal, priority: 'launch' });
  const [taskArn] = taskArns;
  if (taskArn === undefined) return null;
  const described = await describe(searched, taskArns, signal);
  // A task can be listed before it can be described.
  return described.length === 0 ? { taskArn } : oldestOf(described, startedBy);
}

/** Describes tasks by ARN. Null: none of them is known. */
export async function describeFirst(
  searched: SearchedCluster,
  taskArns: readonly string[],
  signal: AbortSignal,
): Promise<KnownTask | null> {
  return oldestOf(await describe(searched, taskArns, signal), null);
}

async function findStopped(
  searched: SearchedCluster,
  startedBy: string,
  family: string | null,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  let nextToken: string | null = null;
  for (let page = 0; page < MOST_STOPPED_PAGES; page += 1) {
    const answer: { taskArns: readonly string[]; nextToken: string | null } = await searched.clients.ecs.listTasks(
      {
        ...clusterOf(searched),
        ...(family ? { family } : {}),
        desiredStatus: 'STOPPED',
        maxResults: PAGE_SIZE,
        ...(nextToken ? { nextToken } : {}),
      },
      { signal, priority: 'launch' },
    );
    const found = oldestOf(await describe(searched, answer.taskArns, signal), startedBy);
    if (found) return found;
    nextToken = answer.nextToken;
    if (nextToken === null) return null;
  }
  const reason = `more than ${MOST_STOPPED_PAGES * PAGE_SIZE} tasks of the cluster have ended within the last hour`;
  throw new InfrastructureNotAvailable(startedBy, reason);
}

async function describe(
  searched: SearchedCluster,
  taskArns: readonly string[],
  signal: AbortSignal,
): Promise<readonly EcsTask[]> {
  if (taskArns.length === 0) return [];
  const input = { ...clusterOf(searched), tasks: taskArns, include: ['TAGS'] } as const;
  return (await searched.clients.ecs.describeTasks(input, { signal, priority: 'launch' })).tasks;
}

function oldestOf(tasks: readonly EcsTask[], startedBy: string | null): KnownTask | null {
  const found = tasks
    .filter((task): task is KnownTask => task.taskArn !== undefined)
    .filter((task) => startedBy === null || task.startedBy === startedBy)
    .sort((a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''));
  return found[0] ?? null;
}

function clusterOf({ cluster }: SearchedCluster): { readonly cluster?: string } {
  return cluster ? { cluster } : {};
}
