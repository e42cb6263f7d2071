import { isJsonObject, type JsonObject, type JsonValue, problemLine } from '@worker-host/core';
import type { Administration } from '../../orchestrators/embedded/administration-types.js';
import { objectOf } from '../../orchestrators/embedded/deployments/declaration-forms.js';
import type { Declaration } from '../../orchestrators/embedded/deployments/declarations.js';
import { problemsOfValues } from '../../orchestrators/embedded/input/json-schema-problems.js';
import { PREFECT_DEPLOYMENT_SCHEMA } from './prefect-file-schema.js';
import { formOfPrefectSchedule } from './prefect-schedules.js';
import { resolveTemplates, type TemplateValues } from './resolve-templates.js';

/** Contents of a prefect.yaml for the embedded pool. */
export interface PrefectFile {
  readonly declaration: Declaration;
  /** Ignored contents, by name. */
  readonly ignored: readonly string[];
  /** Problems that prevent applying it. */
  readonly problems: readonly string[];
}

const READ_OF_FILE = new Set(['name', 'prefect-version', 'deployments', 'definitions']);
const READ_OF_DEPLOYMENT = new Set([
  'name',
  'description',
  'entrypoint',
  'parameters',
  'tags',
  'paused',
  'schedule',
  'schedules',
  'concurrency_limit',
  'work_pool',
]);
const STRATEGIES: Readonly<Record<string, string>> = { ENQUEUE: 'queue', CANCEL_NEW: 'skip' };

/** Returns whether a file for `apply` is a prefect.yaml: its deployments are a list. */
export function isPrefectFile(value: JsonValue): value is JsonObject {
  return isJsonObject(value) && Array.isArray(value.deployments);
}

/** Reads the deployments of a prefect.yaml, with its templates resolved. */
export async function readPrefectFile(
  file: JsonObject,
  administration: Administration,
  { environment, outputs }: Pick<TemplateValues, 'environment' | 'outputs'>,
): Promise<PrefectFile> {
  const variables = new Map((await administration.listVariables()).map(({ name, value }) => [name, value]));
  const problems: string[] = [];
  const ignored = unread(file, READ_OF_FILE).filter((name) => !name.startsWith('x-') && !name.startsWith('.'));
  const deployments: Record<string, JsonObject> = {};
  const queues = new Map<string, Set<string>>();
  for (const [index, template] of (file.deployments as readonly JsonValue[]).entries()) {
    const at = `deployments.${index}`;
    const resolved = await resolveTemplates(template, { environment, variables, outputs });
    problems.push(...resolved.problems.map((problem) => `${at}: ${problem}`));
    const deployment = objectOf(resolved.value);
    const wrong = problemsOfValues({ deployment }, PREFECT_DEPLOYMENT_SCHEMA).map(
      (problem) => `${at}${problemLine(problem).replace(/^deployment/, '')}`,
    );
    problems.push(...wrong);
    if (wrong.length > 0) continue;
    const name = String(deployment.name);
    if (deployments[name] !== undefined)
      problems.push(`${at}.name: '${name}' is the name of another deployment; names do not include the flow here`);
    const read = formOf(deployment, at);
    problems.push(...read.problems);
    ignored.push(
      ...[...unread(deployment, READ_OF_DEPLOYMENT), ...read.ignored].map((part) => `${part} of deployment ${name}`),
    );
    deployments[name] = read.form;
    const { name: pool, work_queue_name: queue } = objectOf(deployment.work_pool);
    const named = queues.get(String(pool)) ?? new Set();
    queues.set(String(pool), typeof queue === 'string' ? named.add(queue) : named);
  }
  const pools = problems.length > 0 ? {} : await poolsOf(administration, queues);
  const label = typeof file.name === 'string' ? { label: file.name } : {};
  return { declaration: { ...label, pools, deployments }, ignored, problems };
}

/** Returns pools with queues that do not exist yet: `prefect deploy` creates those of a deployment. */
async function poolsOf(
  administration: Administration,
  queues: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Readonly<Record<string, JsonObject>>> {
  const pools: Record<string, JsonObject> = {};
  for (const [name, wanted] of queues) {
    const { type, concurrencyLimit, isPaused } = await administration.readWorkPool(name);
    const known = new Set((await administration.listWorkQueues(name)).map((queue) => queue.name));
    const missing = [...wanted].filter((queue) => !known.has(queue));
    if (missing.length > 0)
      pools[name] = {
        type,
        concurrency_limit: concurrencyLimit,
        paused: isPaused,
        queues: Object.fromEntries(missing.map((queue) => [queue, {}])),
      };
  }
  return pools;
}

/** Returns a deployment of a prefect.yaml in the form of a file for `apply`. */
function formOf(
  deployment: JsonObject,
  at: string,
): { readonly form: JsonObject; readonly ignored: readonly string[]; readonly problems: readonly string[] } {
  const { description, entrypoint, paused, tags, concurrency_limit: limit } = deployment;
  const { name: pool, work_queue_name: queue, job_variables: jobVariables } = objectOf(deployment.work_pool);
  const stated = deployment.schedules ?? (isSet(deployment.schedule) ? [deployment.schedule ?? null] : []);
  const schedules = (stated as readonly JsonValue[])
    .map((each, index) => ({ ...formOfPrefectSchedule(objectOf(each)), index }))
    .map((each) => ({ ...each, at: `${at}.schedules.${each.index}` }));
  const isActive = ({ isActive }: { readonly isActive: boolean }): boolean => isActive;
  const form: JsonObject = {
    pool: String(pool),
    ...(isSet(queue) ? { queue: queue ?? null } : {}),
    ...(isSet(description) ? { description: String(description).trim() } : {}),
    ...(isSet(entrypoint) ? { entrypoint: entrypoint ?? null } : {}),
    job_variables: objectOf(jobVariables),
    parameters: objectOf(deployment.parameters),
    tags: typeof tags === 'string' ? [tags] : ((tags ?? []) as readonly JsonValue[]),
    paused: paused === true,
    ...limitOf(limit),
    schedules: schedules.filter(isActive).map((each) => each.form),
  };
  return {
    form,
    ignored: [
      ...schedules.flatMap((each) => each.ignored.map((part) => `${part} of schedule ${each.index + 1}`)),
      ...schedules.filter((each) => !isActive(each)).map((each) => `schedule ${each.index + 1}, which is not active,`),
    ],
    problems: schedules.flatMap((each) => each.problems.map((problem) => `${each.at}: ${problem}`)),
  };
}

function limitOf(limit: JsonValue | undefined): JsonObject {
  if (typeof limit === 'number') return { limit: { max: limit } };
  const { limit: max, collision_strategy: strategy } = objectOf(limit);
  if (typeof max !== 'number') return {};
  return { limit: { max, on_limit: STRATEGIES[String(strategy ?? 'ENQUEUE').toUpperCase()] ?? 'queue' } };
}

/** Returns members with a value that are not read. */
function unread(value: JsonObject, read: ReadonlySet<string>): readonly string[] {
  return Object.keys(value).filter((key) => !read.has(key) && isSet(value[key]));
}

function isSet(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
