import { type ConfigurationProblem, LaunchRefused, problemDetails, problemLine } from '@worker-host/core';

/** The task definition does not contain the container that must run the job. */
export class ContainerNotFoundError extends LaunchRefused {
  override readonly code = 'ECS_CONTAINER_NOT_FOUND';
  readonly problem: ConfigurationProblem;

  constructor(containerName: string, known: readonly string[]) {
    const problem = {
      path: 'container_name',
      expected: `a container of the task definition (${known.join(', ') || 'it has none'})`,
      found: JSON.stringify(containerName),
      suggestion: known[0] === undefined ? 'to omit it' : JSON.stringify(known[0]),
    };
    super(`The job has no container: ${problemLine(problem)}`, { details: problemDetails([problem]) });
    this.problem = problem;
  }
}

/** CPU or memory of a container outside Fargate is not an integer. */
export class ContainerSizeError extends LaunchRefused {
  override readonly code = 'ECS_CONTAINER_SIZE_INVALID';
  readonly problem: ConfigurationProblem;

  constructor(name: 'cpu' | 'memory', found: string) {
    const number = Number.parseFloat(found);
    const units = name === 'cpu' ? 'CPU units' : 'MiB';
    const problem = {
      path: name,
      expected: `a whole number of ${units}, because the container itself has the size outside Fargate`,
      found: JSON.stringify(found),
      suggestion: nearestSize(found, number, name),
    };
    super(`The container has no size: ${problemLine(problem)}`, { details: problemDetails([problem]) });
    this.problem = problem;
  }
}

function nearestSize(found: string, number: number, name: 'cpu' | 'memory'): string {
  if (Number.isNaN(number)) return name === 'cpu' ? '1024' : '2048';
  return String(Math.round(number * (/vcpu|gi?b/i.test(found) ? 1024 : 1)));
}

/** ECS does not know the task definition in the configuration. */
export class TaskDefinitionNotFoundError extends LaunchRefused {
  override readonly code = 'ECS_TASK_DEFINITION_NOT_FOUND';

  constructor(taskDefinition: string, region: string, options?: ErrorOptions) {
    super(
      `The task definition does not exist [task_definition_arn=${taskDefinition}, region=${region}]. Register it there, or correct the job variable task_definition_arn.`,
      { ...options, details: { taskDefinition, region } },
    );
  }
}
