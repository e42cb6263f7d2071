import { isJsonObject, isWorkerError, type JsonObject, type JsonValue, modelToJson } from '@worker-host/core';
import { AwsCredentials } from '@worker-host/ecs';
import type { ExpectedCall, ExpectedRun } from '../case-types.js';
import type { RunOutcome } from '../kinds/perform-run.js';
import type { FakeWorld, WorldCall } from '../world/fake-world.js';
import { messageOf, missingMentions } from './about.js';
import { callerDifferences } from './compare-callers.js';
import { asTheirDefinition, asTheirRequest } from './deliberate-differences.js';
import { type Difference, differences } from './difference.js';
import type { Divergence } from './divergence.js';
import { distinct, normalise } from './normalise.js';
import { withoutAllowedDifferences } from './run-allowances.js';

const ADDED_BY_ECS = [
  ...['taskDefinitionArn', 'revision', 'status', 'compatibilities', 'requiresAttributes'],
  ...['registeredAt', 'registeredBy', 'deregisteredAt'],
];
/** Differences in which ours clearly fails, where Prefect's worker continues. */
const MAY_FAIL: readonly Divergence[] = ['early-check', 'ours-may-refuse', 'ours-may-stop-early'];
const FAMILY = /^[A-Za-z0-9_-]{1,255}$/;

/** One run of a case with its expectations. */
export interface RunComparison {
  readonly outcome: RunOutcome;
  readonly expected: ExpectedRun;
  readonly world: FakeWorld;
  readonly divergences: ReadonlySet<Divergence>;
  /** True: assumed roles are compared too. */
  readonly comparesRoles: boolean;
  /** Definitions by the ARNs of Prefect's worker. */
  readonly knownDefinitions: readonly JsonObject[];
  /** Prefix of the path of each difference. */
  readonly path: string;
}

/** Returns where a run differs from the expected one. */
export function compareRun(comparison: RunComparison): Difference[] {
  const { outcome, expected, divergences, path } = comparison;
  const found = expected.error ? compareFailure(comparison) : compareSuccess(comparison);
  const configuration = compareConfiguration(outcome, expected, divergences);
  return [...configuration, ...found].map((difference) => ({ ...difference, path: `${path}${difference.path}` }));
}

function compareConfiguration(
  { configuration, failure }: RunOutcome,
  { configuration: expected, error }: ExpectedRun,
  divergences: ReadonlySet<Divergence>,
): Difference[] {
  if (expected === undefined || (expected === null && (error || divergences.size > 0))) return [];
  if (failure?.stage === 'configuration') return [];
  const shown = configuration && { ...configuration, aws_credentials: credentialsShown(configuration.aws_credentials) };
  const droppedKey = divergences.has('ours-may-drop-key');
  const [left, right] = [expected, shown].map((one) => normalise(droppedKey ? withoutApiKey(one) : one));
  return differences(left, right, 'configuration');
}

function withoutApiKey(configuration: JsonObject | null): JsonObject | null {
  if (!configuration || !isJsonObject(configuration.env)) return configuration;
  const { PREFECT_API_KEY: _key, ...env } = configuration.env;
  return { ...configuration, env };
}

/** Returns credentials without default values. */
function credentialsShown(credentials: JsonValue | undefined): JsonValue {
  return isJsonObject(credentials) ? unlike(credentials, modelToJson(new AwsCredentials())) : null;
}

function unlike(object: JsonObject, usual: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => {
      const common = usual[key] ?? null;
      if (JSON.stringify(value) === JSON.stringify(common)) return [];
      return [[key, isJsonObject(value) && isJsonObject(common) ? unlike(value, common) : value]];
    }),
  );
}

function compareFailure({ outcome, expected, divergences, world }: RunComparison): Difference[] {
  const { error } = expected;
  if (!error) return [];
  const mayPass = divergences.has('ours-passes') || divergences.has('ours-may-pass');
  if (!outcome.failure) return mayPass ? [] : [{ path: 'error', expected: error, got: 'no error' }];
  const message = messageOf(outcome.failure.error);
  if (divergences.has('ours-passes')) return [{ path: 'error', expected: 'no error', got: message }];
  const found = missingMentions(message, error.about, 'error.about');
  const started = outcome.calls.length > 0 && outcome.started !== null ? world.startedTasks : 0;
  if (started > 0) found.push({ path: 'error', expected: 'no task started', got: `${started} started` });
  return found;
}

function compareSuccess(comparison: RunComparison): Difference[] {
  const { outcome, expected, divergences } = comparison;
  if (outcome.failure) {
    const { stage, error } = outcome.failure;
    const mayFail = MAY_FAIL.some((one) => divergences.has(one));
    if (mayFail && isWorkerError(error)) return [];
    return [{ path: 'error', expected: 'no error', got: `${stage}: ${messageOf(error)}` }];
  }
  return [...compareCalls(comparison), ...compareResult(outcome, expected, divergences)];
}

function compareResult(outcome: RunOutcome, { result }: ExpectedRun, divergences: ReadonlySet<Divergence>) {
  if (result === undefined) return [];
  const found = differences(result, outcome.result && { ...outcome.result }, 'result');
  const told = outcome.result?.identifier ?? outcome.started;
  if (told !== outcome.started) found.push({ path: 'started', expected: told, got: outcome.started });
  return divergences.has('ours-may-identify-by-request')
    ? found.filter((difference) => difference.path !== 'result.identifier')
    : found;
}

function compareCalls(comparison: RunComparison): Difference[] {
  const { outcome, expected } = comparison;
  const recorded = expected.calls ?? [];
  const found = [
    ...compareRegistrations(comparison, recorded),
    ...compareRunTask(comparison, recorded),
    ...callerDifferences(recorded, outcome.calls),
  ];
  if (!comparison.comparesRoles) return found;
  const roles = (calls: readonly (ExpectedCall | WorldCall)[]) =>
    distinct(calls.filter(({ operation }) => operation === 'AssumeRole').map(({ params }) => roleOf(params)));
  found.push(...differences(roles(recorded), roles(outcome.calls), 'calls.AssumeRole'));
  return found;
}

/** Any default session name is equal to any other. */
function roleOf(params: JsonObject): JsonObject {
  const { RoleSessionName: name } = params;
  const isDefault = typeof name === 'string' && /^prefect-session-[0-9a-f]{8}$/.test(name);
  return isDefault ? { ...params, RoleSessionName: 'prefect-session-*' } : params;
}

function compareRegistrations(
  { outcome, divergences }: RunComparison,
  recorded: readonly ExpectedCall[],
): Difference[] {
  const registrations = (calls: readonly (ExpectedCall | WorldCall)[]): JsonValue[] =>
    distinct(calls.filter(({ operation }) => operation === 'RegisterTaskDefinition').map(({ params }) => params));
  let wanted = registrations(recorded);
  let got = registrations(outcome.calls);
  if (divergences.has('ours-may-reuse') && got.length < wanted.length) return [];
  if (divergences.has('family')) {
    const bad = got.filter((one) => isJsonObject(one) && !FAMILY.test(String(one.family)));
    if (bad.length > 0) return [{ path: 'family', expected: String(FAMILY), got: bad }];
    [wanted, got] = [wanted.map(withoutFamily), got.map(withoutFamily)];
  }
  const aligned = got.map((definition, index) => asTheirDefinition(wanted[index], definition));
  return differences(wanted, aligned, 'calls.RegisterTaskDefinition');
}

function withoutFamily(definition: JsonValue): JsonValue {
  return isJsonObject(definition) ? { ...definition, family: '*' } : definition;
}

function compareRunTask(comparison: RunComparison, recorded: readonly ExpectedCall[]): Difference[] {
  const last = (calls: readonly (ExpectedCall | WorldCall)[]): JsonObject | null =>
    calls.filter(({ operation }) => operation === 'RunTask').at(-1)?.params ?? null;
  const wanted = last(recorded);
  const got = last(comparison.outcome.calls);
  if (!wanted || !got) return differences(wanted, got, 'calls.RunTask');
  const allowed = withoutAllowedDifferences(wanted, asTheirRequest(wanted, got), comparison);
  return [
    ...compareDefinitionUsed(String(wanted.taskDefinition), String(got.taskDefinition), comparison),
    ...differences(normalise(bare(allowed.wanted)), normalise(bare(allowed.got)), 'calls.RunTask'),
  ];
}

function bare({ clientToken: _token, startedBy: _starter, taskDefinition: _arn, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** The request must contain the ARN of the definition that Prefect's worker uses. */
function compareDefinitionUsed(
  wanted: string,
  got: string,
  { world, knownDefinitions, divergences }: RunComparison,
): Difference[] {
  if (wanted === got) return [];
  const path = 'calls.RunTask.taskDefinition';
  const theirs = wanted.startsWith('arn:')
    ? knownDefinitions.find(({ taskDefinitionArn }) => taskDefinitionArn === wanted)
    : world.definitions.has(wanted) && world.definitions.find(wanted);
  const isArn = got.startsWith('arn:');
  if (!theirs || !isArn) return [{ path, expected: wanted, got }];
  const ours = world.definitions.find(got);
  const content = (definition: JsonObject): JsonValue => {
    const members = Object.entries(definition).filter(([key]) => !ADDED_BY_ECS.includes(key));
    return normalise(Object.fromEntries(members.filter(([key]) => key !== 'family' || !divergences.has('family'))));
  };
  const expected = content(theirs);
  return differences(expected, asTheirDefinition(expected, content(ours)), path);
}
