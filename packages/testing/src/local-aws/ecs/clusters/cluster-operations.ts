import { AwsError, clientException, invalidParameter } from '../../server/aws-error.js';
import type { Answer, OperationTable } from '../../server/operation.js';
import { pageOf } from '../../server/paging.js';
import type { EcsState } from '../ecs-state.js';
import type { Failure, StrategyItem, Tag } from '../ecs-types.js';
import { checkTags } from '../tags/check-tags.js';
import { checkProviders, checkStrategy } from './capacity-providers.js';
import type { Cluster } from './cluster-store.js';
import { FARGATE_PROVIDERS } from './fargate-providers.js';

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

/** Clusters and the capacity providers associated with them. */
export function clusterOperations(state: EcsState): OperationTable {
  return {
    CreateCluster: (params) => {
      const request = params as CreateClusterRequest;
      const name = request.clusterName ?? 'default';
      if (!NAME.test(name)) throw clientException('Cluster name contains invalid characters.');
      checkTags(request.tags ?? []);
      const capacityProviders = request.capacityProviders ?? [];
      checkProviders(capacityProviders);
      const defaultStrategy = request.defaultCapacityProviderStrategy ?? [];
      checkStrategy(defaultStrategy, capacityProviders);
      const { settings, configuration, tags } = request;
      const given = {
        capacityProviders,
        defaultStrategy,
        configuration,
        ...(settings && { settings }),
        ...(tags && { tags }),
      };
      return { cluster: describeCluster(state.clusters.create(name, given), ['SETTINGS', 'TAGS', 'CONFIGURATIONS']) };
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
        if (cluster !== null) clusters.push(describeCluster(cluster, include));
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
      return { cluster: describeCluster(cluster, []) };
    },
    PutClusterCapacityProviders: (params) => {
      const cluster = state.clusters.get(params.cluster as string | undefined);
      const providers = (params.capacityProviders as readonly string[] | undefined) ?? [];
      const strategy = (params.defaultCapacityProviderStrategy as readonly StrategyItem[] | undefined) ?? [];
      checkProviders(providers);
      checkStrategy(strategy, providers);
      cluster.capacityProviders = providers;
      cluster.defaultStrategy = strategy;
      return { cluster: describeCluster(cluster, ['SETTINGS', 'TAGS']) };
    },
    DescribeCapacityProviders: (params) => {
      const wanted = (params.capacityProviders as readonly string[] | undefined)?.map((text) =>
        state.arns.nameOf(text, 'capacity-provider'),
      );
      const known = FARGATE_PROVIDERS.filter((name) => wanted === undefined || wanted.includes(name));
      const missing = (wanted ?? []).filter((name) => !FARGATE_PROVIDERS.includes(name));
      return {
        capacityProviders: known.map((name) => ({
          capacityProviderArn: state.arns.capacityProvider(name),
          name,
          status: 'ACTIVE',
          tags: [],
        })),
        failures: missing.map((name) => ({ arn: state.arns.capacityProvider(name), reason: 'MISSING' })),
      };
    },
  };
}

function describeCluster(cluster: Cluster, include: readonly string[]): Answer {
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
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultStrategy.map(({ capacityProvider, weight = 0, base = 0 }) => ({
      capacityProvider,
      weight,
      base,
    })),
  };
}
