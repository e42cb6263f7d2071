import type { EcsContainer, EcsTask } from '../../aws/ecs-api.js';

const DEFAULT_CONTAINER_NAME = 'prefect';

/**
 * Returns the container whose end is the run's end: by its known name, otherwise the one named `prefect`, otherwise the
 * only one. Never a sidecar or a container that AWS adds. Null: it cannot be determined.
 */
export function mainContainerOf(task: EcsTask, containerName: string | null): EcsContainer | null {
  const containers = (task.containers ?? []).filter(({ name }) => !name?.startsWith('aws-guardduty-agent'));
  return (
    containers.find(({ name }) => name !== undefined && name === containerName) ??
    containers.find(({ name }) => name === DEFAULT_CONTAINER_NAME) ??
    (containers.length === 1 ? (containers[0] ?? null) : null)
  );
}
