import type { EventResource, WorkerEvent } from '@worker-host/core';
import { taskIdOf } from '../../aws/arn.js';
import type { EcsTag, EcsTask } from '../../aws/ecs-api.js';
import { slugifyName } from '../../utilities/slug.js';

/** Tags of a task by key. */
export type TaskTags = Readonly<Record<string, string>>;

export const TAG = {
  flowRunId: 'prefect.io/flow-run-id',
  flowRunName: 'prefect.io/flow-run-name',
  flowId: 'prefect.io/flow-id',
  flowName: 'prefect.io/flow-name',
  deploymentId: 'prefect.io/deployment-id',
  deploymentName: 'prefect.io/deployment-name',
  workPoolId: 'prefect.io/work-pool-id',
  workPoolName: 'prefect.io/work-pool-name',
  workerName: 'prefect.io/worker-name',
  version: 'prefect.io/version',
  /** Spelled as by Prefect's own worker. */
  deregister: 'prefect.io/degregister-task-definition',
} as const;

/** Returns tags as an object; those without key or value are omitted. */
export function tagsOf(tags: readonly EcsTag[] | undefined): TaskTags {
  return Object.fromEntries(
    (tags ?? []).flatMap(({ key, value }) => (key === undefined || value === undefined ? [] : [[key, value]])),
  );
}

/** Returns the event `prefect.ecs.task.<status>` for a change of a task. */
export function taskEvent(
  task: EcsTask & { readonly taskArn: string; readonly lastStatus: string },
  tags: TaskTags,
  facts: {
    readonly id: string;
    readonly occurred: string;
    readonly prefectVersion: string;
    readonly workerType: string;
  },
): WorkerEvent {
  return {
    id: facts.id,
    occurred: facts.occurred,
    event: `prefect.ecs.task.${task.lastStatus.toLowerCase()}`,
    resource: {
      'prefect.resource.id': `prefect.ecs.task.${taskIdOf(task.taskArn)}`,
      'ecs.taskArn': task.taskArn,
      ...(task.clusterArn ? { 'ecs.clusterArn': task.clusterArn } : {}),
      ...(task.taskDefinitionArn ? { 'ecs.taskDefinitionArn': task.taskDefinitionArn } : {}),
    },
    related: relatedResources(tags, facts),
    follows: null,
  };
}

function relatedResources(
  tags: TaskTags,
  { prefectVersion, workerType }: { readonly prefectVersion: string; readonly workerType: string },
): readonly EventResource[] {
  const workerName = tags[TAG.workerName];
  return [
    ...related('flow-run', tags[TAG.flowRunId], tags[TAG.flowRunName]),
    ...related('deployment', tags[TAG.deploymentId], tags[TAG.deploymentName]),
    ...related('flow', tags[TAG.flowId], tags[TAG.flowName]),
    ...related('work-pool', tags[TAG.workPoolId], tags[TAG.workPoolName]),
    ...related('worker', workerName ? `${workerType}.${slugifyName(workerName)}` : undefined, workerName).map(
      (resource) => ({
        ...resource,
        'prefect.worker-type': workerType,
        'prefect.version': prefectVersion,
      }),
    ),
  ];
}

function related(role: string, id: string | undefined, name: string | undefined): readonly EventResource[] {
  if (!id) return [];
  return [
    {
      'prefect.resource.id': `prefect.${role}.${id}`,
      'prefect.resource.role': role,
      ...(name === undefined ? {} : { 'prefect.resource.name': name }),
    },
  ];
}
