import { findPlaceholders, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/** A step into a value: a key, or an index. */
export type Step = string | number;

/** Names a place as people type it: `task_definition.containerDefinitions[0].image`. */
export function pathText(steps: readonly Step[]): string {
  return steps.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

/**
 * Names a place of a rendered configuration by what a person typed: where a job variable filled the place, or a part of
 * the way to it, by the variable's name.
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

/** The job variable that a text stands for as a whole; null: it stands for itself. */
function variableOf(text: string): string | null {
  const [only, ...others] = findPlaceholders(text);
  return only && others.length === 0 && only.match === text && only.kind === 'standard' ? only.name : null;
}
