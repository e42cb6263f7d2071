import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject, pythonStr } from '@worker-host/core';
import { CONTAINER_NAME, DEREGISTER_TAG, MOST_VALUE_CHARACTERS } from '../configuration/constants.js';
import { mainContainerName } from '../configuration/main-container-name.js';
import type { EcsLaunchData } from '../ecs-launch-configuration.js';
import { jsonText } from '../utilities/json-text.js';
import { slugifyTag } from '../utilities/slug.js';
import { splitCommand } from '../utilities/split-command.js';
import { capacityOf } from './capacity.js';

/** Input of a request in addition to the configuration. */
export interface TaskRunSurroundings {
  /** As registered in ECS. */
  readonly taskDefinition: JsonObject;
  /** ARN; or `family` or `family:revision`, if the configuration names it that way. */
  readonly taskDefinitionArn: string;
  /** Null: the request keeps its own, if any. */
  readonly networkConfiguration: JsonObject | null;
  /** True: the definition was registered for this run, and is deregistered with it if configured. */
  readonly isNewlyRegistered: boolean;
  /** Splits command lines into words. Default: {@link splitCommand}. */
  readonly split?: (command: string) => readonly string[];
}

/** Name of the container that runs the job. */
export function orchestrationContainerName(configuration: EcsLaunchData, taskDefinition: JsonObject): string {
  return configuration.containerName || mainContainerName(taskDefinition) || CONTAINER_NAME;
}

/**
 * Returns the parameters of RunTask. Pure: the same input gives the same bytes, on which the launch token depends.
 *
 * @param configuration in the types of AWS.
 */
export function prepareTaskRunRequest(configuration: EcsLaunchData, surroundings: TaskRunSurroundings): JsonObject {
  const { launchType: _launchType, capacityProviderStrategy: _strategy, ...written } = configuration.taskRunRequest;
  const request: MutableJsonObject = {
    ...written,
    ...capacityOf(configuration.taskRunRequest, surroundings.taskDefinition),
  };
  request.taskDefinition = surroundings.taskDefinitionArn;
  if (!request.cluster) {
    if (configuration.cluster) request.cluster = configuration.cluster;
    else delete request.cluster;
  }
  if (surroundings.networkConfiguration) request.networkConfiguration = surroundings.networkConfiguration;
  request.overrides = overridesOf(configuration, surroundings);
  request.tags = tagsOf(configuration, surroundings.isNewlyRegistered);
  return request;
}

function overridesOf(
  configuration: EcsLaunchData,
  { taskDefinition, split = splitCommand }: TaskRunSurroundings,
): JsonObject {
  const given = configuration.taskRunRequest.overrides;
  const overrides: MutableJsonObject = { ...(isJsonObject(given) ? given : {}) };
  const containerName = orchestrationContainerName(configuration, taskDefinition);
  const listed = Array.isArray(overrides.containerOverrides) ? overrides.containerOverrides : [];
  const containers: MutableJsonObject[] = listed.filter(isJsonObject).map((override) => ({ ...override }));
  const [first] = containers;
  if (first && !first.name) first.name = containerName;
  let own = containers.find((override) => override.name === containerName);
  if (!own) {
    own = { name: containerName };
    containers.push(own);
  }
  if (configuration.command) own.command = configuration.command;
  for (const override of containers) {
    if (typeof override.command === 'string') override.command = split(override.command);
    override.environment = environmentList(override.environment);
  }
  own.environment = mergedEnvironment(own.environment, configuration.env);
  overrides.containerOverrides = containers;
  return overrides;
}

function environmentList(environment: JsonValue | undefined): JsonValue[] {
  const items: readonly JsonValue[] = Array.isArray(environment)
    ? environment
    : Object.entries(isJsonObject(environment ?? null) ? (environment as JsonObject) : {}).map(([name, value]) => ({
        name,
        value,
      }));
  return items
    .filter((item) => !(isJsonObject(item) && item.value === null))
    .map((item) => (isJsonObject(item) && item.value !== undefined ? { ...item, value: pythonStr(item.value) } : item));
}

function mergedEnvironment(
  environment: JsonValue | undefined,
  own: Readonly<Record<string, string | null>>,
): JsonValue[] {
  const kept = (Array.isArray(environment) ? environment : []).filter(
    (item: JsonValue) => !(isJsonObject(item) && typeof item.name === 'string' && Object.hasOwn(own, item.name)),
  );
  const added = Object.entries(own).flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
  return [...kept, ...added];
}

function tagsOf(configuration: EcsLaunchData, isNewlyRegistered: boolean): JsonValue[] {
  const { tags } = configuration.taskRunRequest;
  const labels: Record<string, string> = { ...configuration.labels };
  if (isNewlyRegistered && configuration.autoDeregisterTaskDefinition) labels[DEREGISTER_TAG] = 'true';
  const own: readonly (readonly [string, JsonValue | undefined])[] = Array.isArray(tags)
    ? tags.filter(isJsonObject).map((tag) => [jsonText(tag.key ?? ''), tag.value] as const)
    : Object.entries(isJsonObject(tags ?? null) ? (tags as JsonObject) : {});
  const all = [...own.filter(([key]) => !Object.hasOwn(labels, key)), ...Object.entries(labels)];
  return all.flatMap(([written, value]) => {
    const key = slugifyTag(written);
    if (key === '' || value === null) return [];
    if (value === undefined) return [{ key }];
    const text = slugifyTag(pythonStr(value));
    return [{ key, value: configuration.labelsOfWorker.has(written) ? text.slice(0, MOST_VALUE_CHARACTERS) : text }];
  });
}
