import type { EcsContainer, EcsTask } from '../../aws/ecs-api.js';

const DEFAULT_CONTAINER_NAME = 'prefect';

/**
 * The container whose end is the run's end: by the name that is known, else the one called `prefect`, else the only
 * one. Sidecars and containers that AWS adds by itself are never taken. Null: it cannot be told.
 */
export function mainContainerOf(task: EcsTask, containerName: string | null): EcsContainer | null {
  const containers = (task.containers ?? []).filter(({ name }) => !name?.startsWith('aws-guardduty-agent'));
  return (
    containers.find(({ name }) => name !== undefined && name === containerName) ??
    containers.find(({ name }) => name === DEFAULT_CONTAINER_NAME) ??
    (containers.length === 1 ? (containers[0] ?? null) : null)
  );
}
