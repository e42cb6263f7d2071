import type { Clock, WorkerOptions } from '@worker-host/core';
import { createRegistration, readRegistrationPatience } from './task-definition/register-task-definition.js';
import { TaskDefinitionResolver } from './task-definition/task-definition-resolver.js';
import { EcsTaskRunPreparer } from './task-run/ecs-task-run-preparer.js';
import type { TaskRunPreparer } from './task-run/launch-types.js';
import { NetworkResolver } from './task-run/network-resolver.js';
import { readPythonVersion } from './utilities/default-image.js';

/** Puts together what makes task runs ready. Does no work. */
export function createTaskRunPreparer(
  options: Pick<WorkerOptions, 'environment' | 'workPoolName'>,
  clock: Clock,
): TaskRunPreparer {
  const register = createRegistration(readRegistrationPatience(options.environment), clock);
  return new EcsTaskRunPreparer({
    definitions: new TaskDefinitionResolver(clock, register),
    networks: new NetworkResolver(clock),
    workPoolName: options.workPoolName,
    pythonVersion: readPythonVersion(options.environment),
    clock,
  });
}
