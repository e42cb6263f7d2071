import { invalidParameter } from '../../server/aws-error.js';
import { LAUNCH_TYPES_BY_KIND, type ProviderKind } from '../capacity/capacity-provider.js';
import { checkStrategy } from '../capacity/check-strategy.js';
import type { ProviderStore } from '../capacity/provider-store.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { RunTaskRequest, StrategyItem } from '../ecs-types.js';

/** Managed Instances need a strategy: they have no launch type that a request can name. */
const LAUNCH_TYPES: readonly string[] = ['EC2', 'FARGATE', 'EXTERNAL'];

/** Placement of a launch: a strategy of capacity providers, or a launch type. */
export interface Placement {
  /** By names of providers; empty with a launch type. */
  readonly strategy: readonly StrategyItem[];
  readonly launchType: string;
  /** Kind of the strategy's providers; null with a launch type. */
  readonly kind: ProviderKind | null;
}

/**
 * Returns the placement of a request: its launch type or strategy, otherwise the cluster's default strategy, otherwise
 * EC2.
 */
export function resolvePlacement(request: RunTaskRequest, cluster: Cluster, providers: ProviderStore): Placement {
  const { launchType, capacityProviderStrategy = [] } = request;
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  if (launchType !== undefined) {
    if (!LAUNCH_TYPES.includes(launchType)) throw invalidParameter(`Invalid launch type: ${launchType}`);
    return { strategy: [], launchType, kind: null };
  }
  const strategy = capacityProviderStrategy.length > 0 ? capacityProviderStrategy : cluster.defaultStrategy;
  const named = checkStrategy(strategy, cluster, providers);
  const [first] = named;
  if (first === undefined) return { strategy: [], launchType: 'EC2', kind: null };
  return {
    strategy: strategy.map((item, index) => ({ ...item, capacityProvider: named[index]?.name ?? '' })),
    launchType: LAUNCH_TYPES_BY_KIND[first.kind],
    kind: first.kind,
  };
}
