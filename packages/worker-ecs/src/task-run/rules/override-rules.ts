import type { JsonObject } from '@worker-host/core';
import { objectOf, objectsIn, type TaskRunRule } from './task-run-to-check.js';

const MOST_BYTES = 8192;
const MOST_NAMED = 40;

/** 8,192 characters for all overrides, punctuation included; told with the size of each variable. */
export const overridesLength: TaskRunRule = ({ request }) => {
  const bytes = sizeOf(objectOf(request.overrides));
  if (bytes <= MOST_BYTES) return [];
  const sizes = sizesOf(objectOf(request.overrides)).sort((a, b) => b.bytes - a.bytes);
  const named = sizes.slice(0, MOST_NAMED).map(({ name, bytes: own }) => `${name} ${own}`);
  const rest = sizes.slice(MOST_NAMED).reduce((sum, { bytes: own }) => sum + own, 0);
  return [
    {
      path: 'task_run_request.overrides',
      expected: `at most ${MOST_BYTES} characters, most of which are env`,
      found: `${bytes} (${[...named, ...(rest > 0 ? [`others ${rest}`] : [])].join(', ')})`,
      suggestion:
        `${bytes - MOST_BYTES} characters fewer in env: constant variables belong into the task definition's environment, ` +
        'large ones into its environmentFiles or secrets',
    },
  ];
};

function sizesOf({ containerOverrides }: JsonObject): { readonly name: string; readonly bytes: number }[] {
  return objectsIn(containerOverrides).flatMap(({ environment, command }) => [
    ...objectsIn(environment).map((item) => ({ name: String(item.name), bytes: sizeOf(item) })),
    ...(Array.isArray(command) ? [{ name: 'the command', bytes: sizeOf(command) }] : []),
  ]);
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
