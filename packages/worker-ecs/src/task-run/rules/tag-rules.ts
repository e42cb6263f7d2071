import type { ConfigurationProblem, JsonValue } from '@worker-host/core';
import { MOST_VALUE_CHARACTERS } from '../../configuration/constants.js';
import { jsonText } from '../../utilities/json-text.js';
import { slugifyTag } from '../../utilities/slug.js';
import { objectsIn } from '../capacity.js';
import { objectOf, type TaskRunRule, type TaskRunToCheck } from './task-run-to-check.js';

const MOST_TAGS = 50;
const MOST_KEY_CHARACTERS = 128;
const RESERVED = /^aws:/i;

export const tagCount: TaskRunRule = ({ request }) => {
  const { length } = objectsIn(request.tags);
  if (length <= MOST_TAGS) return [];
  return [
    {
      path: 'labels',
      expected: `at most ${MOST_TAGS} tags, including those of the worker`,
      found: jsonText(length),
      suggestion: `${length - MOST_TAGS} labels fewer`,
    },
  ];
};

export const tagKeysDiffer: TaskRunRule = (run) => {
  const keys = objectsIn(run.request.tags).map(({ key }) => jsonText(key));
  const twice = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  return [...twice].map((key) => {
    const typed = typedNames(run, key);
    return {
      path: pathOf(run, key),
      expected: 'keys that differ after invalid characters are replaced',
      found: `${typed.length > 1 ? typed.map((name) => JSON.stringify(name)).join(' and ') : 'two keys'}, both ${key}`,
      suggestion: 'another name for one of them',
    };
  });
};

export const tagKeyLength: TaskRunRule = (run) =>
  problemsOfTags(run, (key) =>
    key.length <= MOST_KEY_CHARACTERS
      ? null
      : {
          expected: `a key of at most ${MOST_KEY_CHARACTERS} characters`,
          found: jsonText(key.length),
          suggestion: key.slice(0, MOST_KEY_CHARACTERS),
        },
  );

export const tagKeyNotReserved: TaskRunRule = (run) =>
  problemsOfTags(run, (key) =>
    RESERVED.test(key)
      ? { expected: 'a key that does not begin with aws:', found: key, suggestion: key.replace(RESERVED, '') }
      : null,
  );

export const tagValueLength: TaskRunRule = (run) =>
  problemsOfTags(run, (_key, value) =>
    value.length <= MOST_VALUE_CHARACTERS
      ? null
      : {
          expected: `a value of at most ${MOST_VALUE_CHARACTERS} characters`,
          found: jsonText(value.length),
          suggestion: `its first ${MOST_VALUE_CHARACTERS} characters`,
        },
  );

export const tagValueNotReserved: TaskRunRule = (run) =>
  problemsOfTags(run, (_key, value) =>
    RESERVED.test(value)
      ? { expected: 'a value that does not begin with aws:', found: 'one that does', suggestion: 'it without aws:' }
      : null,
  );

function problemsOfTags(
  run: TaskRunToCheck,
  check: (key: string, value: string) => Omit<ConfigurationProblem, 'path'> | null,
): readonly ConfigurationProblem[] {
  return objectsIn(run.request.tags).flatMap(({ key, value }) => {
    const problem = check(jsonText(key), jsonText(value ?? ''));
    return problem ? [{ path: pathOf(run, jsonText(key)), ...problem }] : [];
  });
}

/** Returns where a tag was written: among the labels, otherwise in the template's request. */
function pathOf(run: TaskRunToCheck, key: string): string {
  const [label] = Object.keys(run.configuration.labels).filter((name) => slugifyTag(name) === key);
  return label === undefined ? `task_run_request.tags.${key}` : `labels.${label}`;
}

function typedNames({ configuration }: TaskRunToCheck, key: string): readonly string[] {
  const names = [...Object.keys(configuration.labels), ...namesOf(configuration.taskRunRequest.tags)];
  return [...new Set(names)].filter((name) => slugifyTag(name) === key);
}

function namesOf(tags: JsonValue | undefined): readonly string[] {
  return Array.isArray(tags) ? objectsIn(tags).map(({ key }) => jsonText(key)) : Object.keys(objectOf(tags));
}
