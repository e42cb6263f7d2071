import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { EcsLaunchData } from '../ecs-launch-configuration.js';
import { ADDED_BY_ECS } from '../members/ecs-model.js';
import { findMissingMembers, readMembers } from '../members/read-members.js';
import { type Step, typedPath } from '../members/typed-path.js';
import { isEmpty } from '../utilities/drop-empty.js';

/** A configuration in the types of AWS, and all members that AWS does not know. */
export interface KnownConfiguration {
  readonly configuration: EcsLaunchData;
  readonly problems: readonly ConfigurationProblem[];
  /** Members of the definition that only AWS writes, as in a pasted response of DescribeTaskDefinition: omitted. */
  readonly leftOut: readonly string[];
}

/** Members of the request that can have other forms than AWS's, because preparation converts them. */
const FORMS_OF_REQUEST: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  'ContainerOverride.command': (value) => typeof value === 'string',
  'ContainerOverride.environment': isJsonObject,
  'KeyValuePair.value': (value) => value === null,
  'RunTaskRequest.tags': isJsonObject,
  'Tag.value': (value) => value === null,
};

/** Reads the definition and the request by AWS's service model. Pure. */
export function knownConfiguration(written: EcsLaunchData): KnownConfiguration {
  const nameOf = (steps: readonly Step[]) => typedPath(written.template, steps);
  const isLinked = linkedDefinition(written) !== null;
  const leftOut = ADDED_BY_ECS.filter((key) => !isLinked && !isEmpty(written.taskDefinition[key] ?? null));
  const definition = isLinked
    ? { value: written.taskDefinition, problems: [] }
    : readMembers('RegisterTaskDefinitionRequest', withoutKeys(written.taskDefinition, ADDED_BY_ECS), {
        at: ['task_definition'],
        nameOf,
        emptiesGo: true,
      });
  const request = readMembers('RunTaskRequest', written.taskRunRequest, {
    at: ['task_run_request'],
    nameOf,
    emptiesGo: false,
    takes: FORMS_OF_REQUEST,
  });
  const configuration = { ...written, taskDefinition: definition.value, taskRunRequest: request.value };
  return { configuration, problems: distinct([...definition.problems, ...request.problems]), leftOut };
}

/** Returns the definition that the request names, as written; null: none. */
export function linkedDefinition({ taskRunRequest: { taskDefinition } }: EcsLaunchData): string | null {
  return typeof taskDefinition === 'string' && taskDefinition !== '' ? taskDefinition : null;
}

/** Reads the network configuration, which takes effect only in network mode awsvpc. Pure. */
export function knownNetwork({ networkConfiguration, template }: EcsLaunchData): {
  readonly value: JsonObject;
  readonly problems: readonly ConfigurationProblem[];
} {
  return readMembers('AwsVpcConfiguration', networkConfiguration, {
    at: ['network_configuration'],
    nameOf: (steps) => typedPath(template, steps),
    emptiesGo: false,
  });
}

/** Returns required members that are missing from a definition and a request that are ready to be sent. Pure. */
export function findMissing(
  configuration: EcsLaunchData,
  definition: JsonObject | null,
  request: JsonObject,
): readonly ConfigurationProblem[] {
  const isNetworkWritten = Object.keys(configuration.networkConfiguration).length > 0;
  const nameOf = (steps: readonly Step[]): string => {
    const [, first, second, ...rest] = steps;
    const isOfNetwork = isNetworkWritten && first === 'networkConfiguration' && second === 'awsvpcConfiguration';
    return typedPath(configuration.template, isOfNetwork ? ['network_configuration', ...rest] : steps);
  };
  return distinct([
    ...(definition === null
      ? []
      : findMissingMembers('RegisterTaskDefinitionRequest', definition, { at: ['task_definition'], nameOf })),
    ...findMissingMembers('RunTaskRequest', request, { at: ['task_run_request'], nameOf }),
  ]);
}

function withoutKeys(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** One variable can be used in several places. */
function distinct(problems: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
