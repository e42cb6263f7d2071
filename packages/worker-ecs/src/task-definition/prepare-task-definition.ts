import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject, pythonStr } from '@worker-host/core';
import { CONTAINER_NAME, DEFAULT_CPU, DEFAULT_MEMORY_MIB } from '../configuration/constants.js';
import { mainContainerName } from '../configuration/main-container-name.js';
import type { EcsLaunchData } from '../ecs-launch-configuration.js';
import { isZeroNothing } from '../members/plain-values.js';
import { capacityOf, isForManagedInstances, runsOnFargate } from '../task-run/capacity.js';
import { dropEmpty } from '../utilities/drop-empty.js';
import { jsonText } from '../utilities/json-text.js';
import { sizeNumber } from '../utilities/size-number.js';
import { validFamily } from './family.js';
import { ContainerNotFoundError, ContainerSizeError } from './task-definition-errors.js';

/** Input of a task definition in addition to the configuration. */
export interface TaskDefinitionSurroundings {
  readonly region: string;
  /** Pool and deployment (otherwise flow) for a generated name: `<pool>_<id>`. */
  readonly owner: string;
  readonly defaultImage: string;
}

/** Creates the task definition of a configuration. Pure, so that equal definitions are registered once. */
export type PrepareTaskDefinition = (
  configuration: EcsLaunchData,
  surroundings: TaskDefinitionSurroundings,
) => JsonObject;

type Container = MutableJsonObject;

/** Maximum length of a stream name (512 characters), minus a container name, a task id and two slashes. */
const LONGEST_STREAM_PREFIX = 512 - 255 - 32 - 2;

/** Creates the task definition of a configuration. Pure: the same configuration gives the same definition. */
export function prepareTaskDefinition(
  configuration: EcsLaunchData,
  surroundings: TaskDefinitionSurroundings,
): JsonObject {
  const definition: MutableJsonObject = { ...structuredClone(configuration.taskDefinition) };
  const containers = copyContainers(definition.containerDefinitions);
  definition.containerDefinitions = containers;
  const container = orchestrationContainer(containers, configuration.containerName || mainContainerName(definition));

  if (!Object.hasOwn(container, 'image')) container.image = surroundings.defaultImage;
  if (Array.isArray(container.environment)) container.environment = withoutNullValues(container.environment);
  if (configuration.configureCloudwatchLogs) container.logConfiguration = logConfiguration(configuration, surroundings);
  const given = typeof definition.family === 'string' && definition.family !== '' ? definition.family : null;
  definition.family = validFamily(given ?? `prefect_${surroundings.owner}`);
  setSize(definition, container, configuration.taskRunRequest);

  const prepared = dropEmpty(definition, isZeroNothing);
  return withSecrets(prepared, jsonText(container.name), configuration);
}

function copyContainers(containers: JsonValue | undefined): Container[] {
  if (!Array.isArray(containers)) return [];
  return containers
    .filter(isJsonObject)
    .filter((container) => Object.keys(container).length > 0)
    .map((container) => ({ ...container }));
}

function orchestrationContainer(containers: Container[], containerName: string | null): Container {
  const name = containerName || CONTAINER_NAME;
  const found = containers.find((container) => container.name === name);
  if (found) return found;
  if (name !== CONTAINER_NAME) {
    throw new ContainerNotFoundError(
      name,
      containers.map((container) => jsonText(container.name ?? 'unnamed')),
    );
  }
  let container = containers.find((candidate) => !Object.hasOwn(candidate, 'name'));
  if (!container) {
    container = {};
    containers.push(container);
  }
  container.name = name;
  return container;
}

function withoutNullValues(environment: readonly JsonValue[]): JsonValue[] {
  return environment.filter((item) => !(isJsonObject(item) && Object.hasOwn(item, 'value') && item.value === null));
}

function logConfiguration(configuration: EcsLaunchData, { region, owner }: TaskDefinitionSurroundings): JsonObject {
  const options: MutableJsonObject = {
    'awslogs-create-group': 'true',
    'awslogs-group': 'prefect',
    'awslogs-region': region,
    'awslogs-stream-prefix': configuration.cloudwatchLogsPrefix || `prefect-logs_${owner}`,
    ...configuration.cloudwatchLogsOptions,
  };
  const prefix = options['awslogs-stream-prefix'];
  if (typeof prefix === 'string') options['awslogs-stream-prefix'] = cleanStreamPrefix(prefix);
  return { logDriver: 'awslogs', options };
}

/** CloudWatch Logs rejects `:` and `*` in the name of a stream, so that no task would start. */
function cleanStreamPrefix(prefix: string): string {
  return prefix.replace(/[:*]/g, '-').slice(0, LONGEST_STREAM_PREFIX);
}

/** On Fargate and Managed Instances the task has the size; otherwise its container. */
function setSize(definition: MutableJsonObject, container: Container, request: JsonObject): void {
  const cpu = definition.cpu || DEFAULT_CPU;
  const memory = definition.memory || DEFAULT_MEMORY_MIB;
  const compatibility = wantedCompatibility(definition, request);
  if (compatibility !== null) {
    definition.cpu = cpu;
    definition.memory = memory;
    const listed = Array.isArray(definition.requiresCompatibilities) ? definition.requiresCompatibilities : [];
    if (!listed.includes(compatibility)) definition.requiresCompatibilities = [...listed, compatibility];
  }
  const isForAwsvpc = compatibility !== null || isForManagedInstances(definition);
  if (isForAwsvpc && !Object.hasOwn(definition, 'networkMode')) definition.networkMode = 'awsvpc';
  if (compatibility === null) {
    if (!Object.hasOwn(container, 'cpu')) container.cpu = toInteger('cpu', cpu);
    if (!Object.hasOwn(container, 'memory')) container.memory = toInteger('memory', memory);
  }
  if (definition.cpu) definition.cpu = pythonStr(definition.cpu);
  if (definition.memory) definition.memory = pythonStr(definition.memory);
}

/** Returns the compatibilities that the launch type requires; null: none. */
function wantedCompatibility(definition: JsonObject, request: JsonObject): 'FARGATE' | 'MANAGED_INSTANCES' | null {
  const { launchType } = request;
  if (launchType === 'MANAGED_INSTANCES') return launchType;
  if (launchType !== 'FARGATE' && launchType !== 'FARGATE_SPOT') return null;
  // The launch type of the form is ignored if there is a strategy: a definition for Managed Instances only remains one.
  const { capacityProviderStrategy: strategy = null } = capacityOf(request, definition);
  const isElsewhere = strategy !== null && !runsOnFargate({ capacityProviderStrategy: strategy });
  return isElsewhere && isForManagedInstances(definition) ? 'MANAGED_INSTANCES' : 'FARGATE';
}

/** Sizes of a container are integers, whereas those of a task can be written as `1 vCPU`. */
function toInteger(name: 'cpu' | 'memory', size: JsonValue): number {
  const value = sizeNumber(pythonStr(size));
  if (!Number.isInteger(value)) throw new ContainerSizeError(name, pythonStr(size));
  return value;
}

function withSecrets(definition: JsonObject, containerName: string, configuration: EcsLaunchData): JsonObject {
  const secrets: readonly (readonly [string, string | null])[] = [
    ['PREFECT_API_KEY', configuration.prefectApiKeySecretArn],
    ['PREFECT_API_AUTH_STRING', configuration.prefectApiAuthStringSecretArn],
  ];
  const given = secrets.filter((secret): secret is readonly [string, string] => Boolean(secret[1]));
  if (given.length === 0 || !Array.isArray(definition.containerDefinitions)) return definition;
  const containerDefinitions = definition.containerDefinitions.map((container: JsonValue) =>
    isJsonObject(container) && container.name === containerName ? given.reduce(withSecret, container) : container,
  );
  return { ...definition, containerDefinitions };
}

function withSecret(container: JsonObject, [name, valueFrom]: readonly [string, string]): JsonObject {
  const isNamed = (item: JsonValue): boolean => isJsonObject(item) && item.name === name;
  const secrets: readonly JsonValue[] = Array.isArray(container.secrets) ? container.secrets : [];
  const secret = { name, valueFrom };
  const replaced = secrets.some(isNamed)
    ? secrets.map((item) => (isNamed(item) ? secret : item))
    : [...secrets, secret];
  if (!Array.isArray(container.environment)) return { ...container, secrets: replaced };
  return {
    ...container,
    secrets: replaced,
    environment: container.environment.filter((item: JsonValue) => !isNamed(item)),
  };
}
