import type { JsonObject } from '@worker-host/core';
import { jsonText } from '../../utilities/json-text.js';
import { objectsIn } from '../capacity.js';
import { isTooLong, namedSizes, type SizedPart, sizeOf } from './sized-parts.js';
import type { TaskRunRule } from './task-run-to-check.js';

/** 64 KiB for a definition, including container definitions. */
export const MOST_OF_DEFINITION = 65_536;

/** Limits the size of the definition; names its largest parts. A registered definition is never too long. */
export const definitionLength: TaskRunRule = ({ taskDefinition }) => {
  if (taskDefinition.taskDefinitionArn !== undefined || !isTooLong(taskDefinition, MOST_OF_DEFINITION)) return [];
  const { characters } = sizeOf(taskDefinition);
  return [
    {
      path: 'task_definition',
      expected: `at most ${MOST_OF_DEFINITION} characters`,
      found: `${characters} (${namedSizes(partsOf(taskDefinition))})`,
      suggestion: `${characters - MOST_OF_DEFINITION} characters fewer: move large variables to environmentFiles or secrets, and files to the image`,
    },
  ];
};

function partsOf({ containerDefinitions, ...others }: JsonObject): readonly SizedPart[] {
  const ofContainers = objectsIn(containerDefinitions).flatMap(({ environment, ...container }) => {
    const name = jsonText(container.name ?? 'container');
    return [
      ...objectsIn(environment).map((item) => ({ name: `${name}.environment.${item.name}`, value: item })),
      ...Object.entries(container).map(([key, value]) => ({ name: `${name}.${key}`, value })),
    ];
  });
  return [...ofContainers, ...Object.entries(others).map(([key, value]) => ({ name: key, value }))];
}
