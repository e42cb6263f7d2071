import { AwsError, clientException, invalidParameter } from '../../server/aws-error.js';
import type { Answer, OperationTable } from '../../server/operation.js';
import { pageOf } from '../../server/paging.js';
import { checkStrategy } from '../capacity/check-strategy.js';
import type { EcsState } from '../ecs-state.js';
import type { Failure, StrategyItem, Tag } from '../ecs-types.js';
import { checkTags } from '../tags/check-tags.js';

import type { Cluster } from './cluster-store.js';

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const MAX_DESCRIBED = 100;
const MAX_PAGE = 100;

interface CreateClusterRequest {
  readonly clusterName?: string;
  readonly tags?: readonly Tag[];
  readonly settings?: Cluster['settings'];
  readonly configuration?: unknown;
  readonly capacityProviders?: readonly string[];
  readonly defaultCapacityProviderStrategy?: readonly StrategyItem[];
}

/** Operations on clusters and their capacity providers. */
export function clusterOperations(state: EcsState): OperationTable {
  return {
    CreateCluster: (params) => {
      const request = params as CreateClusterRequest;
      const name = request.clusterName ?? 'default';
      if (!NAME.test(name)) throw clientException('Cluster name contains invalid characters.');
      checkTags(request.tags ?? []);
      const capacityProviders = namesOf(state, request.capacityProviders);
      const defaultStrategy = request.defaultCapacityProviderStrategy ?? [];
      checkStrategy(defaultStrategy, { name, capacityProviders }, state.providers);
      const { settings, configuration, tags } = request;
      const given = {
        capacityProviders,
        defaultStrategy,
        configuration,
        ...(settings && { settings }),
        ...(tags && { tags }),
      };
      return {
        cluster: describeCluster(state, state.clusters.create(name, given), ['SETTINGS', 'TAGS', 'CONFIGURATIONS']),
      };
    },
    DescribeClusters: (params) => {
      const references = (params.clusters as readonly string[] | undefined) ?? ['default'];
      if (references.length > MAX_DESCRIBED)
        throw invalidParameter(`clusters can have at most ${MAX_DESCRIBED} items.`);
      const include = (params.include as readonly string[] | undefined) ?? [];
      const clusters: Answer[] = [];
      const failures: Failure[] = [];
      for (const reference of references) {
        const cluster = state.clusters.find(reference);
        if (cluster !== null) clusters.push(describeCluster(state, cluster, include));
        else failures.push({ arn: state.arns.cluster(state.arns.nameOf(reference, 'cluster')), reason: 'MISSING' });
      }
      return { clusters, failures };
    },
    ListClusters: (params) => {
      const arns = [...state.clusters.all.values()].filter((one) => one.status === 'ACTIVE').map((one) => one.arn);
      const size = (params.maxResults as number | undefined) ?? MAX_PAGE;
      const { page, nextToken } = pageOf(arns, params.nextToken as string | undefined, size);
      return { clusterArns: page, nextToken };
    },
    DeleteCluster: (params) => {
      const cluster = state.clusters.get(params.cluster as string | undefined);
      const stillThere = [...cluster.ended.values()].some((task) => task.lastStatus !== 'STOPPED');
      if (cluster.alive.size > 0 || stillThere) {
        throw new AwsError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
      }
      cluster.status = 'INACTIVE';
      return { cluster: describeCluster(state, cluster, []) };
    },
    PutClusterCapacityProviders: (params) => {
      const cluster = state.clusters.get(params.cluster as string | undefined);
      const capacityProviders = namesOf(state, params.capacityProviders as readonly string[] | undefined);
      const strategy = (params.defaultCapacityProviderStrategy as readonly StrategyItem[] | undefined) ?? [];
      checkStrategy(strategy, { name: cluster.name, capacityProviders }, state.providers);
      checkUnused(cluster, capacityProviders);
      cluster.capacityProviders = capacityProviders;
      cluster.defaultStrategy = strategy;
      return { cluster: describeCluster(state, cluster, ['SETTINGS', 'TAGS']) };
    },
  };
}

/** Returns the names of existing providers, from names or ARNs. */
function namesOf(state: EcsState, references: readonly string[] = []): string[] {
  return references.map((reference) => state.providers.get(reference).name);
}

/** Refuses to remove a provider from a cluster that has tasks on it. */
function checkUnused(cluster: Cluster, kept: readonly string[]): void {
  const gone = cluster.capacityProviders.filter((name) => !kept.includes(name));
  const tasks = [...cluster.alive.values(), ...cluster.ended.values()];
  if (tasks.some(({ provider, lastStatus }) => lastStatus !== 'STOPPED' && gone.includes(provider?.name ?? ''))) {
    throw new AwsError('ResourceInUseException', 'The specified capacity provider is in use and cannot be removed.');
  }
}

function describeCluster(state: EcsState, cluster: Cluster, include: readonly string[]): Answer {
  const tasks = [...cluster.alive.values(), ...cluster.ended.values()];
  const isRunning = (status: string) => status === 'RUNNING';
  const isPending = (status: string) => ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(status);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: cluster.status === 'ACTIVE' ? cluster.containerInstanceArns.length : 0,
    runningTasksCount: tasks.filter((task) => isRunning(task.lastStatus)).length,
    pendingTasksCount: tasks.filter((task) => isPending(task.lastStatus)).length,
    activeServicesCount: 0,
    statistics: [],
    tags: include.includes('TAGS') ? cluster.tags : [],
    settings: include.includes('SETTINGS') ? cluster.settings : [],
    ...(include.includes('CONFIGURATIONS') && cluster.configuration !== undefined
      ? { configuration: cluster.configuration }
      : {}),
    capacityProviders: state.providers.namesOf(cluster),
    defaultCapacityProviderStrategy: cluster.defaultStrategy.map(({ capacityProvider, weight = 0, base = 0 }) => ({
      capacityProvider,
      weight,
      base,
    })),
  };
}
