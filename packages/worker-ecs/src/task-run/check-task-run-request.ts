import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { capacityProblems } from './capacity-problems.js';
import { nearestFargateMemory, sizeNumber } from './fargate-sizes.js';
import { logOptionProblems } from './log-option-problems.js';
import { TaskRunRequestError } from './task-run-errors.js';

const MOST_OVERRIDE_BYTES = 8192;
const MOST_TAGS = 50;
const MOST_KEY_CHARACTERS = 128;
const MOST_VALUE_CHARACTERS = 256;
const MOST_SUBNETS = 16;
const MOST_SECURITY_GROUPS = 5;
const BIGGEST_NAMED = 5;

/** Refuses, before AWS does, what AWS would refuse. @throws TaskRunRequestError with every problem at once. */
export function checkTaskRunRequest(request: JsonObject, taskDefinition: JsonObject): void {
  const problems = findTaskRunProblems(request, taskDefinition);
  if (problems.length > 0) throw new TaskRunRequestError(problems);
}

/** All that AWS would refuse of a request. Pure. */
export function findTaskRunProblems(request: JsonObject, taskDefinition: JsonObject): readonly ConfigurationProblem[] {
  return [
    ...overrideProblems(request),
    ...tagProblems(request),
    ...networkProblems(request, taskDefinition),
    ...sizeProblems(request, taskDefinition),
    ...capacityProblems(request, taskDefinition),
    ...logOptionProblems(taskDefinition),
  ];
}

function overrideProblems({ overrides }: JsonObject): readonly ConfigurationProblem[] {
  const bytes = Buffer.byteLength(JSON.stringify(overrides ?? {}));
  if (bytes <= MOST_OVERRIDE_BYTES) return [];
  const containers = isJsonObject(overrides ?? null) ? listOf((overrides as JsonObject).containerOverrides) : [];
  const sizes = containers
    .flatMap((container) => (isJsonObject(container) ? listOf(container.environment) : []))
    .filter(isJsonObject)
    .map((item) => ({ name: String(item.name), bytes: Buffer.byteLength(JSON.stringify(item)) }))
    .sort((a, b) => b.bytes - a.bytes);
  const biggest = sizes.slice(0, BIGGEST_NAMED).map((item) => `${item.name} ${item.bytes}`);
  return [
    {
      path: 'task_run_request.overrides',
      expected: `at most ${MOST_OVERRIDE_BYTES} characters`,
      found: `${bytes}; the biggest variables of env: ${biggest.join(', ')}`,
      suggestion: 'secrets, an environmentFiles entry of the task definition, or smaller values',
    },
  ];
}

function tagProblems({ tags }: JsonObject): readonly ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const given = listOf(tags).filter(isJsonObject);
  if (given.length > MOST_TAGS) {
    problems.push({
      path: 'labels',
      expected: `at most ${MOST_TAGS} tags, the worker's own among them`,
      found: String(given.length),
      suggestion: `${given.length - MOST_TAGS} labels fewer`,
    });
  }
  const seen = new Set<string>();
  for (const { key, value } of given) {
    const name = String(key);
    if (seen.has(name))
      problems.push(
        tagProblem(name, 'keys that stay different once cleaned', 'the same key twice', 'another label name'),
      );
    seen.add(name);
    if (name.length > MOST_KEY_CHARACTERS) {
      problems.push(
        tagProblem(
          name,
          `a key of at most ${MOST_KEY_CHARACTERS} characters`,
          `${name.length}`,
          name.slice(0, MOST_KEY_CHARACTERS),
        ),
      );
    }
    if (/^aws:/i.test(name))
      problems.push(tagProblem(name, 'a key that does not begin with aws:', name, name.slice(4)));
    const text = String(value ?? '');
    if (text.length > MOST_VALUE_CHARACTERS) {
      problems.push(
        tagProblem(name, `a value of at most ${MOST_VALUE_CHARACTERS} characters`, `${text.length}`, 'a shorter value'),
      );
    }
  }
  return problems;
}

function tagProblem(key: string, expected: string, found: string, suggestion: string): ConfigurationProblem {
  return { path: `labels.${key}`, expected, found, suggestion };
}

function networkProblems(request: JsonObject, taskDefinition: JsonObject): readonly ConfigurationProblem[] {
  const { networkConfiguration } = request;
  if (taskDefinition.networkMode !== 'awsvpc' || !isJsonObject(networkConfiguration ?? null)) return [];
  const { awsvpcConfiguration } = networkConfiguration as JsonObject;
  if (!isJsonObject(awsvpcConfiguration ?? null)) return [];
  const network = awsvpcConfiguration as JsonObject;
  const problems: ConfigurationProblem[] = [];
  const subnets = listOf(network.subnets).length;
  const securityGroups = listOf(network.securityGroups).length;
  if (subnets > MOST_SUBNETS) {
    problems.push({
      path: 'network_configuration.subnets',
      expected: `at most ${MOST_SUBNETS} subnets`,
      found: `${subnets}`,
      suggestion: `the first ${MOST_SUBNETS}`,
    });
  }
  if (securityGroups > MOST_SECURITY_GROUPS) {
    problems.push({
      path: 'network_configuration.securityGroups',
      expected: `at most ${MOST_SECURITY_GROUPS} security groups`,
      found: `${securityGroups}`,
      suggestion: `the first ${MOST_SECURITY_GROUPS}`,
    });
  }
  return problems;
}

function sizeProblems(request: JsonObject, taskDefinition: JsonObject): readonly ConfigurationProblem[] {
  if (!runsOnFargate(request)) return [];
  const overrides = isJsonObject(request.overrides ?? null) ? (request.overrides as JsonObject) : {};
  const cpu = sizeNumber(String(overrides.cpu ?? taskDefinition.cpu ?? ''));
  const memoryMib = sizeNumber(String(overrides.memory ?? taskDefinition.memory ?? ''));
  const wrong = nearestFargateMemory(cpu, memoryMib);
  if (!wrong) return [];
  return [
    {
      path: 'memory',
      expected: `with cpu ${cpu} on Fargate one of ${wrong.all.join(', ')} MiB`,
      found: String(memoryMib),
      suggestion: `memory ${wrong.nearest}`,
    },
  ];
}

function runsOnFargate({ launchType, capacityProviderStrategy }: JsonObject): boolean {
  const providers = listOf(capacityProviderStrategy)
    .filter(isJsonObject)
    .map((entry) => entry.capacityProvider);
  if (providers.length > 0) return providers.every((name) => name === 'FARGATE' || name === 'FARGATE_SPOT');
  return launchType === 'FARGATE';
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
