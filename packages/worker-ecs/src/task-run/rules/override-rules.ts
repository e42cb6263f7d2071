import type { JsonObject } from '@worker-host/core';
import { jsonText } from '../../utilities/json-text.js';
import { objectsIn } from '../capacity.js';
import { isTooLong, namedSizes, type SizedPart, sizeOf } from './sized-parts.js';
import { objectOf, type TaskRunRule } from './task-run-to-check.js';

/** Maximum number of characters of all overrides of a task, including punctuation. */
export const MOST_OF_OVERRIDES = 8192;

/** Limits the size of the overrides; names the size of each variable. */
export const overridesLength: TaskRunRule = ({ request }) => {
  const overrides = objectOf(request.overrides);
  const { characters } = sizeOf(overrides);
  if (!isTooLong(overrides, MOST_OF_OVERRIDES)) return [];
  return [
    {
      path: 'task_run_request.overrides',
      expected: `at most ${MOST_OF_OVERRIDES} characters, most of which are env`,
      found: `${characters} (${namedSizes(partsOf(overrides))})`,
      suggestion:
        `${characters - MOST_OF_OVERRIDES} characters fewer in env: move constant variables to the task definition's ` +
        'environment, large ones to its environmentFiles or secrets',
    },
  ];
};

function partsOf({ containerOverrides }: JsonObject): readonly SizedPart[] {
  return objectsIn(containerOverrides).flatMap(({ environment, command }) => [
    ...objectsIn(environment).map((item) => ({ name: jsonText(item.name), value: item })),
    ...(Array.isArray(command) ? [{ name: 'the command', value: command }] : []),
  ]);
}
