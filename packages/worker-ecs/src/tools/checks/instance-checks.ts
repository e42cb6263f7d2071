import type { Finding } from '@worker-host/core';
import { objectsIn } from '../../task-run/capacity.js';
import { objectOf } from '../../task-run/rules/task-run-to-check.js';
import { jsonText } from '../../utilities/json-text.js';
import { sizeNumber } from '../../utilities/size-number.js';
import { type AwsQuery, listIn, objectIn, type QueryValues, textIn } from '../aws/aws-query.js';
import type { LaunchFacts } from '../launch-facts.js';
import { checking, failed, ok, warning } from './check-context.js';

/** Instances that a task may be placed on. */
export interface InstanceQuestion {
  readonly facts: LaunchFacts;
  readonly query: AwsQuery;
  readonly cluster: string;
  /** Their capacity provider. Null: any instance of the cluster. */
  readonly provider: string | null;
}

/** Size of a task: CPU units and MiB; 0 where the definition sets none. */
export function taskSizeOf({ request, definition }: LaunchFacts): { readonly cpu: number; readonly memoryMib: number } {
  const overrides = objectOf(request.overrides);
  const sizeOf = (name: 'cpu' | 'memory'): number => {
    const own = overrides[name] ?? definition[name];
    if (own !== undefined && own !== null) return sizeNumber(jsonText(own)) || 0;
    const containers = objectsIn(definition.containerDefinitions);
    return containers.reduce(
      (sum, { [name]: size, memoryReservation }) =>
        sum + (Number(size ?? (name === 'memory' ? memoryReservation : 0)) || 0),
      0,
    );
  };
  return { cpu: sizeOf('cpu'), memoryMib: sizeOf('memory') };
}

/** Checks that an instance is connected, and has room for a task now. */
export function checkInstances(question: InstanceQuestion): Promise<readonly Finding[]> {
  const { facts, query, cluster, provider } = question;
  const check = 'instances';
  return checking(check, async () => {
    const instances = await activeInstances(question);
    const whose = provider === null ? `cluster '${cluster}'` : `capacity provider ${provider}`;
    const connected = instances.filter((instance) => textIn(instance, 'agentConnected') === 'true');
    if (connected.length === 0) {
      const found = `None of the ${instances.length} active container instances of ${whose} is connected to ECS, so that no task starts.`;
      const fix = `Add instances, or repair the agents: aws ecs list-container-instances --cluster ${cluster} --region ${query.region}`;
      return [failed(check, found, fix)];
    }
    const { cpu, memoryMib } = taskSizeOf(facts);
    const free = connected.filter(
      (each) => remainingOf(each, 'CPU') >= cpu && remainingOf(each, 'MEMORY') >= memoryMib,
    );
    const size = `a task of ${cpu} CPU units and ${memoryMib} MiB`;
    if (free.length > 0) return [ok(check, `${free.length} of ${connected.length} of ${whose} have room for ${size}.`)];
    const found = `None of the ${connected.length} connected container instances of ${whose} has room for ${size} now.`;
    return [warning(check, found, 'Wait for tasks to end, add instances, or set a smaller cpu and memory.')];
  });
}

async function activeInstances(question: InstanceQuestion, after?: unknown): Promise<readonly QueryValues[]> {
  const { query, cluster, provider } = question;
  const page = { cluster, status: 'ACTIVE', ...(after === undefined ? {} : { nextToken: after }) };
  const { containerInstanceArns: arns, nextToken } = await query.call('ecs', 'ListContainerInstances', page);
  if (!Array.isArray(arns) || arns.length === 0) return [];
  const answer = await query.call('ecs', 'DescribeContainerInstances', { cluster, containerInstances: arns });
  const own = listIn(answer, 'containerInstances').filter(
    (instance) => provider === null || textIn(instance, 'capacityProviderName') === provider,
  );
  return nextToken ? [...own, ...(await activeInstances(question, nextToken))] : own;
}

function remainingOf(instance: QueryValues, name: 'CPU' | 'MEMORY'): number {
  const resource = listIn(instance, 'remainingResources').find((each) => textIn(each, 'name') === name);
  return Number(textIn(objectIn(resource), 'integerValue'));
}
