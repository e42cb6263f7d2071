import { invalidParameter } from '../../server/aws-error.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { StrategyItem } from '../ecs-types.js';
import type { CapacityProvider } from './capacity-provider.js';
import type { ProviderStore } from './provider-store.js';

const MAX_PROVIDERS = 20;
const MAX_WEIGHT = 1000;
const MAX_BASE = 100_000;

/**
 * Returns the providers of a strategy, in order. Rejects a strategy by the rules of AWS: its providers must exist, be
 * associated with the cluster and be of one kind.
 */
export function checkStrategy(
  strategy: readonly StrategyItem[],
  cluster: Pick<Cluster, 'name' | 'capacityProviders'>,
  providers: ProviderStore,
): CapacityProvider[] {
  if (strategy.length > MAX_PROVIDERS) {
    throw invalidParameter(`The specified capacity provider strategy can have at most ${MAX_PROVIDERS} items.`);
  }
  const named = strategy.map((item) => providers.get(item.capacityProvider));
  if (named.some((provider) => !providers.isAssociated(provider, cluster))) {
    throw invalidParameter(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    );
  }
  checkKinds(named);
  checkShares(strategy);
  return named;
}

function checkKinds(named: readonly CapacityProvider[]): void {
  const kinds = new Set(named.map(({ kind }) => kind));
  if (kinds.size < 2) return;
  if (kinds.has('managed-instances')) {
    throw invalidParameter(
      'The specified capacity provider strategy cannot contain a mix of Managed Instances and other capacity providers.',
    );
  }
  throw invalidParameter(
    'The specified capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again.',
  );
}

function checkShares(strategy: readonly StrategyItem[]): void {
  for (const { weight = 0, base = 0 } of strategy) {
    if (weight < 0 || weight > MAX_WEIGHT) throw invalidParameter(`weight must be between 0 and ${MAX_WEIGHT}.`);
    if (base < 0 || base > MAX_BASE) throw invalidParameter(`base must be between 0 and ${MAX_BASE}.`);
  }
  if (strategy.filter((item) => (item.base ?? 0) > 0).length > 1) {
    throw invalidParameter(
      'The specified capacity provider strategy can define a base for one capacity provider only.',
    );
  }
  if (strategy.length > 1 && strategy.every((item) => (item.weight ?? 0) === 0)) {
    throw invalidParameter(
      'The specified capacity provider strategy must contain a capacity provider with a weight above 0.',
    );
  }
}
