import type { ConfigurationProblem, JsonObject } from '@worker-host/core';
import { LAUNCH_TYPES } from '../../configuration/constants.js';
import { objectsIn, type TaskRunRule, type TaskRunToCheck } from './task-run-to-check.js';

/** Whether the definition demands container instances. */
export function requiresEc2(definition: JsonObject): boolean {
  return compatibilitiesOf(definition).includes('EC2');
}

/** What differs from a launch type in case or separators alone is meant to be it; words unknown here are left to AWS. */
export const launchTypeSpelled: TaskRunRule = ({ configuration }) => {
  const { launchType } = configuration.taskRunRequest;
  if (typeof launchType !== 'string' || (LAUNCH_TYPES as readonly string[]).includes(launchType)) return [];
  const meant = LAUNCH_TYPES.find((known) => lettersOf(known) === lettersOf(launchType));
  if (meant === undefined) return [];
  const expected = `one of ${LAUNCH_TYPES.join(', ')}`;
  return [{ path: 'launch_type', expected, found: JSON.stringify(launchType), suggestion: meant }];
};

/** A definition lists what it can be run on. Where it lists nothing, AWS decides. */
export const launchTypeOfDefinition: TaskRunRule = (run) => {
  const launchType = launchTypeOf(run);
  const { requiresCompatibilities } = run.taskDefinition;
  if (launchType === null || launchType === 'EC2' || !Array.isArray(requiresCompatibilities)) return [];
  const listed = compatibilitiesOf(run.taskDefinition);
  const good = launchType === 'EXTERNAL' ? ['EXTERNAL', 'FARGATE'] : ['FARGATE'];
  if (good.some((name) => listed.includes(name))) return [];
  return [
    {
      path: 'launch_type',
      expected: `one of the definition's requiresCompatibilities (${listed.join(', ') || 'none'})`,
      found: launchType,
      suggestion: listed.includes('EC2')
        ? `EC2, or ${good[0]} among requiresCompatibilities`
        : `${good[0]} among requiresCompatibilities`,
    },
  ];
};

export const networkModeOfFargate: TaskRunRule = (run) => {
  const launchType = launchTypeOf(run);
  const networkMode = run.taskDefinition.networkMode || 'awsvpc';
  if ((launchType !== 'FARGATE' && launchType !== 'FARGATE_SPOT') || networkMode === 'awsvpc') return [];
  return [
    networkModeProblem(`awsvpc with launch type ${launchType}`, String(networkMode), 'awsvpc, or launch_type EC2'),
  ];
};

export const networkModeOfExternal: TaskRunRule = ({ request, taskDefinition }) =>
  request.launchType === 'EXTERNAL' && taskDefinition.networkMode === 'awsvpc'
    ? [networkModeProblem('bridge, host or none with launch type EXTERNAL', 'awsvpc', 'bridge')]
    : [];

/** As it was asked for; null: a strategy decides, or nothing was said and the definition demands instances. */
function launchTypeOf({ configuration, taskDefinition }: TaskRunToCheck): string | null {
  const { capacityProviderStrategy, launchType } = configuration.taskRunRequest;
  if (objectsIn(capacityProviderStrategy).length > 0 && launchType !== 'FARGATE_SPOT') return null;
  if (launchType) return String(launchType);
  return requiresEc2(taskDefinition) ? null : 'FARGATE';
}

function networkModeProblem(expected: string, found: string, suggestion: string): ConfigurationProblem {
  return { path: 'task_definition.networkMode', expected, found, suggestion };
}

function compatibilitiesOf({ requiresCompatibilities }: JsonObject): readonly unknown[] {
  return Array.isArray(requiresCompatibilities) ? requiresCompatibilities : [];
}

function lettersOf(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
