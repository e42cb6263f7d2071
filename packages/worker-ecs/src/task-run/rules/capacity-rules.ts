import type { ConfigurationProblem, JsonObject } from '@worker-host/core';
import { jsonText } from '../../utilities/json-text.js';
import { isOfFargate, objectsIn } from '../capacity.js';
import type { TaskRunRule, TaskRunToCheck } from './task-run-to-check.js';

const PATH = 'capacity_provider_strategy';
const MOST_PROVIDERS = 20;
const HEAVIEST = 1000;
const HIGHEST_BASE = 100_000;

export const providersOfOneKind: TaskRunRule = (run) => {
  const names = providersOf(run).map(({ capacityProvider }) => jsonText(capacityProvider));
  const others = names.filter((name) => !isOfFargate(name));
  if (others.length === 0 || others.length === names.length) return [];
  return [
    {
      path: PATH,
      expected: 'either FARGATE and FARGATE_SPOT, or providers of your own',
      found: names.join(', '),
      suggestion: others.join(', '),
    },
  ];
};

export const providerCount: TaskRunRule = (run) => {
  const { length } = providersOf(run);
  if (length <= MOST_PROVIDERS) return [];
  const suggestion = `the first ${MOST_PROVIDERS}`;
  return [{ path: PATH, expected: `at most ${MOST_PROVIDERS} providers`, found: jsonText(length), suggestion }];
};

export const oneBase: TaskRunRule = (run) => {
  const based = providersOf(run).filter(({ base }) => Number(base ?? 0) > 0);
  if (based.length <= 1) return [];
  const found = based.map(({ capacityProvider, base }) => `${capacityProvider} ${base}`).join(', ');
  return [{ path: PATH, expected: 'a base on one provider only', found, suggestion: 'base 0 on the others' }];
};

export const weightInRange: TaskRunRule = (run) => outOfRange(run, 'weight', HEAVIEST);

export const baseInRange: TaskRunRule = (run) => outOfRange(run, 'base', HIGHEST_BASE);

export const someWeight: TaskRunRule = (run) => {
  const providers = providersOf(run);
  if (providers.length < 2 || providers.some(({ weight }) => Number(weight ?? 0) !== 0)) return [];
  return [
    {
      path: `${PATH}[0].weight`,
      expected: 'a weight above 0 on one of several providers at least',
      found: '0 on all',
      suggestion: '1',
    },
  ];
};

function outOfRange(run: TaskRunToCheck, name: 'weight' | 'base', highest: number): readonly ConfigurationProblem[] {
  return providersOf(run).flatMap((provider, index) => {
    const value = Number(provider[name] ?? 0);
    if (value >= 0 && value <= highest) return [];
    const suggestion = jsonText(value > highest ? highest : 0);
    const path = `${PATH}[${index}].${name}`;
    return [{ path, expected: `a number from 0 to ${highest}`, found: jsonText(provider[name]), suggestion }];
  });
}

function providersOf({ request }: TaskRunToCheck): readonly JsonObject[] {
  return objectsIn(request.capacityProviderStrategy);
}
