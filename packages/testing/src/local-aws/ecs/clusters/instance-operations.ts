import type { Answer, OperationTable } from '../../server/operation.js';
import { pageOf } from '../../server/paging.js';
import type { EcsState } from '../ecs-state.js';
import type { Failure } from '../ecs-types.js';

const MAX_PAGE = 100;
/** Capacity is unlimited: every task fits. */
const SIZE = [
  { name: 'CPU', type: 'INTEGER', integerValue: 1_048_576 },
  { name: 'MEMORY', type: 'INTEGER', integerValue: 4_194_304 },
];

/** The container instances of clusters: all active, connected, and without a capacity provider. */
export function instanceOperations(state: EcsState): OperationTable {
  const instancesOf = (cluster: unknown): readonly string[] =>
    state.clusters.get(cluster as string | undefined).containerInstanceArns;
  return {
    ListContainerInstances: (params) => {
      const isActive = params.status === undefined || params.status === 'ACTIVE';
      const arns = isActive ? instancesOf(params.cluster) : [];
      const size = (params.maxResults as number | undefined) ?? MAX_PAGE;
      const { page, nextToken } = pageOf(arns, params.nextToken as string | undefined, size);
      return { containerInstanceArns: page, nextToken };
    },
    DescribeContainerInstances: (params) => {
      const known = instancesOf(params.cluster);
      const containerInstances: Answer[] = [];
      const failures: Failure[] = [];
      for (const reference of (params.containerInstances ?? []) as readonly string[]) {
        const arn = known.find((each) => each === reference || each.endsWith(`/${reference}`));
        if (arn === undefined) failures.push({ arn: reference, reason: 'MISSING' });
        else containerInstances.push(describeInstance(arn));
      }
      return { containerInstances, failures };
    },
  };
}

function describeInstance(containerInstanceArn: string): Answer {
  return {
    containerInstanceArn,
    status: 'ACTIVE',
    agentConnected: true,
    registeredResources: SIZE,
    remainingResources: SIZE,
  };
}
