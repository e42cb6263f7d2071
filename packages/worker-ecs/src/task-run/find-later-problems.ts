import type { ConfigurationProblem, JsonObject } from '@worker-host/core';
import type { EcsLaunchConfiguration } from '../ecs-launch-configuration.js';
import { prepareTaskDefinition } from '../task-definition/prepare-task-definition.js';
import { splitCommand } from '../utilities/split-command.js';
import { findTaskRunProblems, ProblemErrors } from './check-task-run.js';
import { prepareTaskRunRequest } from './task-run-request.js';

/** Parts without which nothing can be said of a launch. */
const NEEDED = ['task_definition', 'task_run_request'];

/**
 * What AWS would refuse of a configuration that has problems already, as far as that can be told without asking AWS. A
 * path that is known to be wrong is not told of again.
 */
export function findLaterProblems(
  configuration: EcsLaunchConfiguration,
  found: readonly ConfigurationProblem[],
): readonly ConfigurationProblem[] {
  if (found.some(({ path }) => NEEDED.includes(path))) return [];
  const errors = new ProblemErrors();
  const isLinked = Boolean(configuration.taskRunRequest.taskDefinition);
  const surroundings = { region: '', owner: 'pool', defaultImage: 'image' };
  const taskDefinition: JsonObject = isLinked
    ? {}
    : errors.attempt(() => prepareTaskDefinition(configuration, surroundings), configuration.taskDefinition);
  const { networkConfiguration } = configuration;
  const isNetworkGiven = Object.keys(networkConfiguration).length > 0;
  const request = prepareTaskRunRequest(configuration, {
    taskDefinition,
    taskDefinitionArn: 'definition',
    networkConfiguration: isNetworkGiven ? { awsvpcConfiguration: networkConfiguration } : null,
    isNewlyRegistered: true,
    split: (command) => errors.attempt(() => splitCommand(command), []),
  });
  const problems = [
    ...errors.all.map(({ problem }) => problem),
    ...findTaskRunProblems({ request, taskDefinition, configuration }),
  ];
  const known = new Set(found.map(({ path }) => path));
  return problems.filter(({ path }) => !known.has(path));
}
