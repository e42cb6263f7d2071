import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import { pathParts } from './dotted-path.js';
import { mergeDeep, setOwn } from './set-own.js';
import { JobVariablePathError } from './templating-errors.js';

/**
 * Returns the job variables of a run: the deployment's, overridden by the run's. Their `env` objects are merged; the
 * run's names win.
 */
export function mergeJobVariables(ofDeployment: JsonObject, ofFlowRun: JsonObject): JsonObject {
  const merged = {};
  for (const source of [ofDeployment, ofFlowRun]) {
    for (const [key, value] of Object.entries(source)) setOwn(merged, key, value);
  }
  const { env: below } = ofDeployment;
  const { env: above } = ofFlowRun;
  if (Object.hasOwn(ofDeployment, 'env') && isJsonObject(below) && isJsonObject(above)) {
    setOwn(merged, 'env', joinShallow(below, above));
  }
  return merged;
}

/** Merges the members of both; those of `over` win. */
export function joinShallow(base: JsonObject, over: JsonObject): JsonObject {
  const joined = {};
  for (const source of [base, over]) for (const [key, value] of Object.entries(source)) setOwn(joined, key, value);
  return joined;
}

/** Expands keys such as `env.FOO` to nested objects. Plain keys win over them; objects are merged deeply. */
export function expandDottedVariables(values: JsonObject): JsonObject {
  const dotted: JsonObject = {};
  const plain: JsonObject = {};
  for (const [key, value] of Object.entries(values)) {
    if (key.includes('.')) putAtPath(dotted, key, value);
    else setOwn(plain, key, value);
  }
  return mergeDeep(dotted, plain);
}

function putAtPath(root: JsonObject, path: string, value: JsonValue): void {
  const steps = [...pathParts(path)];
  const last = steps.pop() ?? path;
  let target: JsonObject = root;
  for (const step of steps) {
    if (!Object.hasOwn(target, step)) setOwn(target, step, {});
    const next = target[step];
    if (!isJsonObject(next)) throw new JobVariablePathError(path);
    target = next;
  }
  setOwn(target, last, value);
}

/** Returns the non-null schema defaults of a form's properties. */
export function variableDefaults(properties: JsonObject): JsonObject {
  const defaults = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (!isJsonObject(schema) || !Object.hasOwn(schema, 'default')) continue;
    const value = schema.default;
    if (value !== null && value !== undefined) setOwn(defaults, name, value);
  }
  return defaults;
}
