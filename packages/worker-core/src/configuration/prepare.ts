import { isExactNumber } from '../json/exact-number.js';
import type { JsonObject, JsonValue } from '../json/json.js';
import { applyValues } from '../templating/apply-values.js';
import { NotSet } from '../templating/not-set.js';
import type { PrepareContext } from './prepare-context.js';

/**
 * Returns the environment of the job: forwarded settings, the run's id, its attribution, then that of the
 * configuration.
 */
export function preparedEnvironment(
  own: Readonly<Record<string, string | null>>,
  context: PrepareContext,
): Record<string, string> {
  const { flowRun, flow, deployment, worker } = context;
  const layered: Record<string, string | null | undefined> = {
    ...context.environment,
    PREFECT__FLOW_RUN_ID: flowRun.id,
    PREFECT__WORKER_ID: worker.id,
    PREFECT__WORKER_NAME: worker.name,
    PREFECT__FLOW_ID: flowRun.flowId ?? flow?.id,
    PREFECT__FLOW_NAME: flow?.name,
    PREFECT__DEPLOYMENT_ID: flowRun.deploymentId ?? deployment?.id,
    PREFECT__DEPLOYMENT_NAME: deployment?.name,
  };
  const known = Object.entries(layered).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const merged = new Map<string, string | null>([...known, ...Object.entries(own)]);
  return Object.fromEntries([...merged].filter((entry): entry is [string, string] => entry[1] !== null));
}

/**
 * Returns the labels of the infrastructure: run, version, pool, worker, flow, deployment, then those of the
 * configuration.
 */
export function preparedLabels(own: Readonly<Record<string, string>>, context: PrepareContext): Record<string, string> {
  const { flowRun, flow, deployment, workPool, worker } = context;
  const known: Record<string, string | null | undefined> = {
    'prefect.io/flow-run-id': flowRun.id,
    'prefect.io/flow-run-name': flowRun.name,
    'prefect.io/version': context.prefectVersion,
    'prefect.io/work-pool-name': workPool?.name,
    'prefect.io/work-pool-id': workPool?.id,
    'prefect.io/worker-name': worker.name,
    'prefect.io/flow-id': flow?.id,
    'prefect.io/flow-name': flow?.name,
    'prefect.io/deployment-id': deployment?.id,
    'prefect.io/deployment-name': deployment?.name,
    'prefect.io/deployment-updated': deployment?.updated ? pythonIsoTime(deployment.updated) : null,
  };
  const given = Object.entries(known).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { ...Object.fromEntries(given), ...own };
}

/**
 * Returns the name of the job: rendered with `ctx.flow.*` and `ctx.flow_run.*`, otherwise the name of the run. A name
 * that is one whole placeholder becomes the placeholder's value, of any type.
 */
export function preparedName(own: JsonValue, context: PrepareContext): JsonValue {
  if (isEmpty(own)) return context.flowRun.name;
  const values: JsonObject = { ctx: { flow: context.flow?.json ?? null, flow_run: context.flowRun.json } };
  const rendered = applyValues(own, values, { environment: context.workerEnvironment });
  if (rendered === NotSet) return own;
  return isEmpty(rendered) ? context.flowRun.name : rendered;
}

function isEmpty(value: JsonValue): boolean {
  if (isExactNumber(value)) return Number(value) === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

/** Formats a time as Python's ISO format in UTC: `+00:00`, with six digits of microseconds or none. */
export function pythonIsoTime(time: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/i.exec(time.trim());
  if (!match) return time;
  const [, date = '', clock = '', fraction = '', offset = 'Z'] = match;
  const utc = new Date(`${date}T${clock}${offset === 'Z' || offset === 'z' ? 'Z' : offset}`);
  const micros = fraction.padEnd(6, '0').slice(0, 6);
  const seconds = utc.toISOString().slice(0, 19);
  return `${seconds}${Number(micros) === 0 ? '' : `.${micros}`}+00:00`;
}
