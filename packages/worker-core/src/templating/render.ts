import { isExactNumber } from '../json/exact-number.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import { applyValues } from './apply-values.js';
import { checkShape } from './budget.js';
import { expandDottedVariables, joinShallow, variableDefaults } from './job-variables.js';
import { NotSet } from './not-set.js';
import { resolveBlockDocumentReferences, resolveVariables } from './references.js';
import type { RenderContext } from './render-context.js';
import { BaseJobTemplateError, JobVariableEnvError } from './templating-errors.js';

/** Renders the `job_configuration` of a base job template with job variables, and resolves references. */
export async function renderJobConfiguration(
  baseJobTemplate: JsonObject,
  jobVariables: JsonObject,
  context: RenderContext,
): Promise<JsonObject> {
  checkShape(baseJobTemplate, 'The base job template');
  checkShape(jobVariables, 'The job variables');
  const { job_configuration: template, variables: form } = baseJobTemplate;
  const properties = isJsonObject(form) ? (form.properties ?? {}) : null;
  if (!isJsonObject(template) || !isJsonObject(properties)) {
    throw new BaseJobTemplateError([
      ...(isJsonObject(template) ? [] : ['`job_configuration` must be an object']),
      ...(isJsonObject(properties) ? [] : ['`variables` must be an object with `properties`']),
    ]);
  }
  const defaults = variableDefaults(properties);
  const expanded = expandDottedVariables(jobVariables);
  checkShape(expanded, 'The job variables');
  const variables = joinShallow(defaults, expanded);
  const applied = applyValues(withEnvironment(template, defaults, variables), variables, {
    environment: context.environment,
  });
  if (applied === NotSet || !isJsonObject(applied)) throw new BaseJobTemplateError(['`job_configuration` is empty']);
  const withBlocks = await resolveBlockDocumentReferences(applied, context.references, context.secrets);
  const resolved = await resolveVariables(withBlocks, context.references, context.secrets);
  checkShape(resolved, 'The rendered template');
  return isJsonObject(resolved) ? resolved : {};
}

function withEnvironment(template: JsonObject, defaults: JsonObject, variables: JsonObject): JsonObject {
  let env = template.env;
  if (isGiven(defaults.env)) {
    env = isJsonObject(env) && isJsonObject(defaults.env) ? joinShallow(env, defaults.env) : defaults.env;
  }
  if (isJsonObject(env) && isGiven(variables.env)) {
    if (!isJsonObject(variables.env)) throw new JobVariableEnvError(variables.env);
    env = joinShallow(env, variables.env);
  }
  return env === undefined ? template : { ...template, env };
}

function isGiven(env: JsonValue | undefined): env is JsonValue {
  if (isExactNumber(env)) return Number(env) !== 0;
  return Boolean(env) && !(typeof env === 'object' && env !== null && Object.keys(env).length === 0);
}
