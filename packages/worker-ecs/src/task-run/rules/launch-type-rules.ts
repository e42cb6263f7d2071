import type { ConfigurationProblem } from '@worker-host/core';
import { LAUNCH_TYPES } from '../../configuration/constants.js';
import { jsonText } from '../../utilities/json-text.js';
import { capacityOf, compatibilitiesOf } from '../capacity.js';
import type { TaskRunRule, TaskRunToCheck } from './task-run-to-check.js';

/**
 * A value that differs from a launch type only in case or separators is a misspelling; unknown words are left to AWS.
 */
export const launchTypeSpelled: TaskRunRule = ({ configuration }) => {
  const { launchType } = configuration.taskRunRequest;
  if (typeof launchType !== 'string' || (LAUNCH_TYPES as readonly string[]).includes(launchType)) return [];
  const meant = LAUNCH_TYPES.find((known) => lettersOf(known) === lettersOf(launchType));
  if (meant === undefined) return [];
  const expected = `one of ${LAUNCH_TYPES.join(', ')}`;
  return [{ path: 'launch_type', expected, found: JSON.stringify(launchType), suggestion: meant }];
};

/** Compatibilities that a definition must list for each launch type; none for EC2. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  FARGATE: ['FARGATE'],
  FARGATE_SPOT: ['FARGATE'],
  EXTERNAL: ['EXTERNAL', 'FARGATE'],
  MANAGED_INSTANCES: ['MANAGED_INSTANCES'],
};

/** A definition lists its compatibilities. If it lists none, AWS decides. */
export const launchTypeOfDefinition: TaskRunRule = (run) => {
  const { launchType: given } = run.configuration.taskRunRequest;
  const launchType = launchTypeOf(run);
  const needed = NEEDED[launchType ?? ''];
  if (needed === undefined || !Array.isArray(run.taskDefinition.requiresCompatibilities)) return [];
  const listed = compatibilitiesOf(run.taskDefinition).map(String);
  if (needed.some((name) => listed.includes(name))) return [];
  const good = (LAUNCH_TYPES as readonly string[]).filter((name) => listed.includes(name));
  return [
    {
      path: 'launch_type',
      expected: `one of the definition's requiresCompatibilities (${listed.join(', ') || 'none'})`,
      found: given ? jsonText(given) : `nothing, which means ${launchType}`,
      suggestion: [...good, ...(given || good.length === 0 ? [`${needed[0]} among requiresCompatibilities`] : [])].join(
        ', or ',
      ),
    },
  ];
};

export const networkModeOfFargate: TaskRunRule = (run) => {
  const launchType = launchTypeOf(run);
  const networkMode = run.taskDefinition.networkMode || 'awsvpc';
  if ((launchType !== 'FARGATE' && launchType !== 'FARGATE_SPOT') || networkMode === 'awsvpc') return [];
  return [
    networkModeProblem(`awsvpc with launch type ${launchType}`, jsonText(networkMode), 'awsvpc, or launch_type EC2'),
  ];
};

export const networkModeOfExternal: TaskRunRule = ({ request, taskDefinition }) =>
  request.launchType === 'EXTERNAL' && taskDefinition.networkMode === 'awsvpc'
    ? [networkModeProblem('bridge, host or none with launch type EXTERNAL', 'awsvpc', 'bridge')]
    : [];

/** Managed Instances do not support Docker's bridge mode. */
export const networkModeOfManagedInstances: TaskRunRule = ({ taskDefinition }) =>
  compatibilitiesOf(taskDefinition).includes('MANAGED_INSTANCES') && taskDefinition.networkMode === 'bridge'
    ? [networkModeProblem('awsvpc or host with MANAGED_INSTANCES among requiresCompatibilities', 'bridge', 'awsvpc')]
    : [];

/** Returns the launch type as requested or derived; null: a strategy decides, or the cluster's default one. */
function launchTypeOf({ configuration, taskDefinition }: TaskRunToCheck): string | null {
  const { launchType } = configuration.taskRunRequest;
  const capacity = capacityOf(configuration.taskRunRequest, taskDefinition);
  if (launchType === 'FARGATE_SPOT') return launchType;
  if (launchType === 'MANAGED_INSTANCES' && !capacity.capacityProviderStrategy) return launchType;
  return capacity.launchType ?? null;
}

function networkModeProblem(expected: string, found: string, suggestion: string): ConfigurationProblem {
  return { path: 'task_definition.networkMode', expected, found, suggestion };
}

function lettersOf(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
