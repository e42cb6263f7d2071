import { WorkerError } from '@worker-host/core';

/** The container that is to run the job is not in the task definition. */
export class ContainerNotFoundError extends WorkerError {
  readonly code = 'ECS_CONTAINER_NOT_FOUND';

  constructor(containerName: string, known: readonly string[]) {
    super(
      `The task definition has no container of that name [container_name=${containerName}, containers=${known.join(', ') || 'none'}]. Name one that it has, or add it.`,
      { details: { containerName, known } },
    );
  }
}

/** CPU or memory of a container outside Fargate is no whole number. */
export class ContainerSizeError extends WorkerError {
  readonly code = 'ECS_CONTAINER_SIZE_INVALID';

  constructor(name: 'cpu' | 'memory', found: string) {
    super(
      `Outside Fargate the container itself has a size, which is a whole number [${name}=${found}]. Write ${name === 'cpu' ? 'CPU units, such as 1024' : 'MiB, such as 2048'}.`,
      { details: { name, found } },
    );
  }
}

/** A task definition does not fit the configuration it would be run with. Carries every problem. */
export class TaskDefinitionMismatchError extends WorkerError {
  readonly code = 'ECS_TASK_DEFINITION_MISMATCH';

  constructor(
    family: string,
    readonly problems: readonly string[],
  ) {
    super(`The task definition does not fit the configuration [family=${family}]: ${problems.join(' ')}`, {
      details: { family, problems },
    });
  }
}

/** ECS does not know the task definition that the configuration names. */
export class TaskDefinitionNotFoundError extends WorkerError {
  readonly code = 'ECS_TASK_DEFINITION_NOT_FOUND';

  constructor(taskDefinition: string, options?: ErrorOptions) {
    super(
      `ECS does not know the task definition [task_definition_arn=${taskDefinition}]. Register it, or mend the job variable task_definition_arn.`,
      { ...options, details: { taskDefinition } },
    );
  }
}
