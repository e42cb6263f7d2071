import type { ConfigurationProblem, JsonObject } from '@worker-host/core';
import type { EcsLaunchData } from '../ecs-launch-configuration.js';
import { prepareTaskDefinition } from '../task-definition/prepare-task-definition.js';
import { splitCommand } from '../utilities/split-command.js';
import { findTaskRunProblems, ProblemErrors, unlessKnown } from './check-task-run.js';
import { findMissing, knownConfiguration, knownNetwork, linkedDefinition } from './known-configuration.js';
import { prepareTaskRunRequest } from './task-run-request.js';

/** Parts without which a launch cannot be checked. */
const NEEDED = ['task_definition', 'task_run_request'];

/**
 * Returns what AWS would reject in a configuration that already has problems, without calling AWS. Paths with known
 * problems are not reported again.
 */
export function findLaterProblems(
  written: EcsLaunchData,
  found: readonly ConfigurationProblem[],
): readonly ConfigurationProblem[] {
  if (found.some(({ path }) => NEEDED.includes(path))) return [];
  const errors = new ProblemErrors();
  const { configuration, problems: ofMembers } = knownConfiguration(written);
  const isLinked = linkedDefinition(written) !== null;
  const surroundings = { region: '', owner: 'pool', defaultImage: 'image' };
  const prepared: JsonObject | null = isLinked
    ? null
    : errors.attempt(() => prepareTaskDefinition(configuration, surroundings), null);
  const taskDefinition = prepared ?? (isLinked ? {} : configuration.taskDefinition);
  const network = knownNetwork(configuration);
  const isNetworkGiven = Object.keys(configuration.networkConfiguration).length > 0;
  const request = prepareTaskRunRequest(configuration, {
    taskDefinition,
    taskDefinitionArn: 'definition',
    networkConfiguration: isNetworkGiven ? { awsvpcConfiguration: network.value } : null,
    isNewlyRegistered: true,
    split: (command) => errors.attempt(() => splitCommand(command), []),
  });
  const mistaken = [...ofMembers, ...network.problems];
  const problems = [
    ...errors.all.map(({ problem }) => problem),
    ...mistaken,
    ...unlessKnown(findMissing(configuration, prepared, request), mistaken),
    ...findTaskRunProblems({ request, taskDefinition, configuration }),
  ];
  return unlessKnown(problems, found);
}
