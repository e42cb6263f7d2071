import { type ConfigurationProblem, isJsonObject, type JsonObject } from '@worker-host/core';

const FARGATE_PROVIDERS = ['FARGATE', 'FARGATE_SPOT'];
const MOST_PROVIDERS = 20;

/** What AWS would refuse of where a task shall run: its launch type or capacity provider strategy. Pure. */
export function capacityProblems(request: JsonObject, taskDefinition: JsonObject): readonly ConfigurationProblem[] {
  const { capacityProviderStrategy: strategy, launchType } = request;
  const providers = Array.isArray(strategy) ? strategy.filter(isJsonObject) : [];
  return [...strategyProblems(providers), ...externalProblems(launchType, taskDefinition)];
}

function strategyProblems(providers: readonly JsonObject[]): readonly ConfigurationProblem[] {
  const path = 'capacity_provider_strategy';
  const problems: ConfigurationProblem[] = [];
  const names = providers.map(({ capacityProvider }) => String(capacityProvider));
  const others = names.filter((name) => !FARGATE_PROVIDERS.includes(name));
  if (others.length > 0 && others.length < names.length) {
    problems.push({
      path,
      expected: 'either FARGATE and FARGATE_SPOT, or providers of your own',
      found: names.join(', '),
      suggestion: others.join(', '),
    });
  }
  if (providers.filter(({ base }) => Number(base ?? 0) > 0).length > 1) {
    problems.push({
      path,
      expected: 'a base on one provider only',
      found: 'several',
      suggestion: 'base 0 on the others',
    });
  }
  if (providers.length > MOST_PROVIDERS) {
    problems.push({
      path,
      expected: `at most ${MOST_PROVIDERS} providers`,
      found: String(providers.length),
      suggestion: `the first ${MOST_PROVIDERS}`,
    });
  }
  return problems;
}

function externalProblems(launchType: unknown, { networkMode }: JsonObject): readonly ConfigurationProblem[] {
  if (launchType !== 'EXTERNAL' || networkMode !== 'awsvpc') return [];
  return [
    {
      path: 'task_definition.networkMode',
      expected: 'bridge, host or none with launch type EXTERNAL',
      found: 'awsvpc',
      suggestion: 'bridge',
    },
  ];
}
