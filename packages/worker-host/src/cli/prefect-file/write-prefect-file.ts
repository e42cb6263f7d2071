import type { JsonObject, JsonValue } from '@worker-host/core';
import { objectOf } from '../../orchestrators/embedded/deployments/declaration-forms.js';
import type { Declaration } from '../../orchestrators/embedded/deployments/declarations.js';
import { FLOWS_FILE, type GeneratedFlow, writeFlows } from './generated-flows.js';
import { prefectScheduleOf } from './prefect-schedules.js';

/** A prefect.yaml for `prefect deploy --all`, and what belongs to it. */
export interface WrittenPrefectFile {
  readonly file: JsonObject;
  /** Python file with the flows for deployments without one. Null: each has one. */
  readonly flows: string | null;
  /** Contents of the embedded pool that a prefect.yaml cannot express, by name. */
  readonly omitted: readonly string[];
}

/** Members of a deployment without an equivalent in a prefect.yaml. */
const OMITTED = ['priority', 'concurrency_key', 'retries', 'rules', 'time_limits'] as const;

/** Returns the deployments of the embedded pool as a prefect.yaml. */
export function writePrefectFile({ deployments = {} }: Declaration): WrittenPrefectFile {
  const generated: GeneratedFlow[] = [];
  const written = Object.entries(deployments).map(([name, form]) => writeDeployment(name, objectOf(form), generated));
  return {
    file: { pull: [], deployments: written.map(({ deployment }) => deployment) },
    flows: generated.length === 0 ? null : writeFlows(generated),
    omitted: written.flatMap(({ omitted }) => omitted),
  };
}

function writeDeployment(
  name: string,
  form: JsonObject,
  generated: GeneratedFlow[],
): { readonly deployment: JsonObject; readonly omitted: readonly string[] } {
  const { pool, queue, description, entrypoint, parameters, tags, paused, limit } = form;
  const { command, ...jobVariables } = objectOf(form.job_variables);
  const schedules = ((form.schedules ?? []) as readonly JsonValue[]).map((each) => prefectScheduleOf(objectOf(each)));
  const hasFlow = typeof entrypoint === 'string';
  const { max, on_limit: onLimit = 'queue' } = objectOf(limit);
  const deployment: JsonObject = {
    name,
    entrypoint: hasFlow ? entrypoint : generate(name, form, generated),
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    enforce_parameter_schema: false,
    ...(tags === undefined ? {} : { tags }),
    ...(paused === true ? { paused } : {}),
    ...(max === undefined
      ? {}
      : { concurrency_limit: { limit: max, collision_strategy: onLimit === 'skip' ? 'CANCEL_NEW' : 'ENQUEUE' } }),
    work_pool: {
      name: pool ?? null,
      work_queue_name: queue ?? 'default',
      job_variables: hasFlow ? objectOf(form.job_variables) : jobVariables,
    },
    schedules: schedules.map(({ schedule }) => schedule),
  };
  const omitted = [
    ...OMITTED.filter((member) => form[member] !== undefined),
    ...(onLimit === 'queue' || onLimit === 'skip' ? [] : [`on_limit ${onLimit}`]),
    ...schedules.flatMap((each, index) => each.omitted.map((rule) => `${rule} of schedule ${index + 1}`)),
  ];
  return { deployment, omitted: omitted.map((part) => `${part} of deployment ${name}`) };
}

/** Adds a flow that runs the command of a deployment. Returns its entrypoint. */
function generate(name: string, form: JsonObject, generated: GeneratedFlow[]): string {
  const { command } = objectOf(form.job_variables);
  const schedules = (form.schedules ?? []) as readonly JsonValue[];
  const parameters = [form, ...schedules.map(objectOf)].flatMap((each) => Object.keys(objectOf(each.parameters)));
  const base = `run_${name.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`;
  const isTaken = (candidate: string): boolean => generated.some((flow) => flow.functionName === candidate);
  let functionName = base;
  for (let number = 2; isTaken(functionName); number += 1) functionName = `${base}_${number}`;
  generated.push({
    name,
    functionName,
    command: typeof command === 'string' ? command : null,
    parameters: [...new Set(parameters)],
  });
  return `${FLOWS_FILE}:${functionName}`;
}
