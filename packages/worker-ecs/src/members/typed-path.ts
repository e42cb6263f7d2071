import { findPlaceholders, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/** A step into a value: a key, or an index. */
export type Step = string | number;

/** Formats a path as users write it: `task_definition.containerDefinitions[0].image`. */
export function pathText(steps: readonly Step[]): string {
  return steps.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

/**
 * Formats a path in a rendered configuration as the user wrote it: if a job variable provided the value or one of its
 * parents, by the name of the variable.
 */
export function typedPath(template: JsonObject | null, steps: readonly Step[]): string {
  let node: JsonValue | undefined = template ?? undefined;
  for (const [index, step] of steps.entries()) {
    node = childOf(node, step);
    const variable = typeof node === 'string' ? variableOf(node) : null;
    if (variable !== null) return pathText([variable, ...steps.slice(index + 1)]);
  }
  return pathText(steps);
}

function childOf(node: JsonValue | undefined, step: Step): JsonValue | undefined {
  if (typeof step === 'number') return Array.isArray(node) ? node[step] : undefined;
  return isJsonObject(node) && Object.hasOwn(node, step) ? node[step] : undefined;
}

/** Returns the job variable that is the whole text; null: there is none. */
function variableOf(text: string): string | null {
  const [only, ...others] = findPlaceholders(text);
  return only && others.length === 0 && only.match === text && only.kind === 'standard' ? only.name : null;
}
