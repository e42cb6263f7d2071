import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

const WORLD = ['region', 'vpcs', 'taskDefinitions', 'tasks', 'clusters', 'logStreams', 'script'];
const RUN = [
  ...['stage', 'entry', 'baseJobTemplate', 'templateChanges', 'jobVariables', 'flowRun', 'deployment', 'flow'],
  ...['workPool', 'worker', 'blocks', 'variables', 'environment', 'workerSettings', 'prefectVersion', 'defaultImage'],
  ...['world', 'priorRuns'],
];
const INPUT: Readonly<Record<string, readonly string[]>> = {
  run: RUN,
  kill: ['identifier', 'graceSeconds', 'awsCredentials', 'environment', 'world'],
  function: ['function', 'arguments', 'options', 'environment', 'blocks', 'variables'],
  observe: ['prefectVersion', 'messages', 'flowRuns', 'proposals', 'eventsUnavailable', 'environment', 'world'],
};
const EXPECTED_RUN = ['configuration', 'calls', 'result', 'error', 'warnings'];
const EXPECT: Readonly<Record<string, readonly string[]>> = {
  run: [...EXPECTED_RUN, 'diverges', 'priorRuns'],
  kill: ['calls', 'result', 'error', 'diverges'],
  function: ['result', 'error', 'reads', 'diverges'],
  observe: ['events', 'proposedStates', 'runLogs', 'calls', 'acknowledged', 'diverges'],
};
const ERROR = ['stage', 'type', 'about'];
const CALL = ['service', 'operation', 'params', 'region', 'accessKeyId', 'endpoint', 'answer'];

/** Keys of a case that the runner does not know, as dotted paths. */
export function unknownKeys(value: JsonValue): readonly string[] {
  if (!isJsonObject(value)) return ['(the case is not an object)'];
  const kind = String(value.kind);
  const input = INPUT[kind];
  const expected = EXPECT[kind];
  if (!input || !expected) return [`kind=${kind}`];
  const found = [
    ...beyond(value, ['name', 'area', 'kind', 'notes', 'input', 'expect'], ''),
    ...beyond(value.input, input, 'input.'),
    ...beyond(value.expect, expected, 'expect.'),
  ];
  if (isJsonObject(value.input)) found.push(...keysOfInput(value.input));
  if (isJsonObject(value.expect)) found.push(...keysOfExpectation(value.expect));
  return found;
}

function keysOfInput(input: JsonObject): readonly string[] {
  const priorRuns = Array.isArray(input.priorRuns) ? input.priorRuns.filter(isJsonObject) : [];
  return [
    ...priorRuns.flatMap((run) => keysOfInput(run).map((key) => `input.priorRuns.${key.slice('input.'.length)}`)),
    ...beyond(input.world, WORLD, 'input.world.'),
    ...each(input, 'templateChanges', ['path', 'value', 'remove'], 'input.'),
    ...each(input, 'priorRuns', [...RUN, 'deregisterAfter'], 'input.'),
    ...each(input, 'blocks', ['id', 'typeSlug', 'name', 'data'], 'input.'),
    ...each(input, 'flowRuns', ['id', 'state'], 'input.'),
    ...beyond(input.jobVariables, ['deployment', 'flowRun'], 'input.jobVariables.'),
    ...beyond(input.worker, ['id', 'name'], 'input.worker.'),
    ...each(input.world, 'vpcs', ['vpcId', 'isDefault', 'subnets'], 'input.world.'),
    ...each(input.world, 'logStreams', ['group', 'stream', 'lines'], 'input.world.'),
    ...keysOfScript(input.world),
  ];
}

function keysOfScript(world: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(world) || !isJsonObject(world.script)) return [];
  const { script } = world;
  return Object.keys(script).flatMap((operation) =>
    each(script, operation, ['response', 'error'], 'input.world.script.').concat(
      keysOfScriptedErrors(script[operation], `input.world.script.${operation}.error.`),
    ),
  );
}

function keysOfScriptedErrors(entries: JsonValue | undefined, prefix: string): readonly string[] {
  const list = Array.isArray(entries) ? entries.filter(isJsonObject) : [];
  return list.flatMap((entry) => beyond(entry.error, ['code', 'message'], prefix));
}

function keysOfExpectation(expected: JsonObject): readonly string[] {
  const priorRuns = Array.isArray(expected.priorRuns) ? expected.priorRuns : [];
  return [
    ...each(expected, 'calls', CALL, 'expect.'),
    ...each(expected, 'warnings', ['kind', 'about'], 'expect.'),
    ...each(expected, 'priorRuns', EXPECTED_RUN, 'expect.'),
    ...priorRuns.flatMap((run: JsonValue) => each(run, 'calls', CALL, 'expect.priorRuns.')),
    ...beyond(expected.error, ERROR, 'expect.error.'),
    ...priorRuns.flatMap((run: JsonValue) =>
      isJsonObject(run) ? beyond(run.error, ERROR, 'expect.priorRuns.error.') : [],
    ),
    ...each(expected, 'proposedStates', ['flowRunId', 'type', 'name', 'about'], 'expect.'),
    ...each(expected, 'runLogs', ['source', 'kind', 'level', 'about', 'message'], 'expect.'),
    ...each(expected, 'events', ['event', 'resource', 'related', 'id', 'follows', 'occurred', 'payload'], 'expect.'),
  ];
}

function beyond(value: JsonValue | undefined, known: readonly string[], prefix: string): readonly string[] {
  if (!isJsonObject(value)) return [];
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `${prefix}${key}`);
}

function each(parent: JsonValue | undefined, key: string, known: readonly string[], prefix: string): readonly string[] {
  const list = isJsonObject(parent) ? parent[key] : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: JsonValue, index) => beyond(item, known, `${prefix}${key}[${index}].`));
}
