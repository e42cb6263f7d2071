import type { Clock, WorkerOptions } from '@worker-host/core';
import { readEcsSettings } from './ecs-settings.js';
import { createRegistration } from './task-definition/register-task-definition.js';
import { TaskDefinitionResolver } from './task-definition/task-definition-resolver.js';
import { EcsTaskRunPreparer } from './task-run/ecs-task-run-preparer.js';
import type { TaskRunPreparer } from './task-run/launch-types.js';
import { NetworkResolver } from './task-run/network-resolver.js';

/** Puts together what makes task runs ready. Does no work. @throws EcsSettingsError */
export function createTaskRunPreparer(
  options: Pick<WorkerOptions, 'environment' | 'workPoolName'>,
  clock: Clock,
): TaskRunPreparer {
  const { registration, pythonVersion } = readEcsSettings(options.environment);
  return new EcsTaskRunPreparer({
    definitions: new TaskDefinitionResolver(clock, createRegistration(registration, clock)),
    networks: new NetworkResolver(clock),
    workPoolName: options.workPoolName,
    pythonVersion,
    clock,
  });
}
