import { invalidParameter } from '../../server/aws-error.js';
import type { StrategyItem } from '../ecs-types.js';
import type { Cluster } from './cluster-store.js';
import { FARGATE_PROVIDERS } from './fargate-providers.js';

const MAX_PROVIDERS = 20;
const MAX_WEIGHT = 1000;
const MAX_BASE = 100_000;

/** Refuses provider names that do not exist. */
export function checkProviders(names: readonly string[]): void {
  const unknown = names.filter((name) => !FARGATE_PROVIDERS.includes(name));
  if (unknown.length > 0) {
    throw invalidParameter('The specified capacity provider was not found. Specify a valid name or ARN and try again.');
  }
}

/** Refuses a strategy by AWS's rules. The providers must be associated with the cluster. */
export function checkStrategy(strategy: readonly StrategyItem[], associated: readonly string[]): void {
  if (strategy.length > MAX_PROVIDERS) {
    throw invalidParameter(`The specified capacity provider strategy can have at most ${MAX_PROVIDERS} items.`);
  }
  checkProviders(strategy.map((item) => item.capacityProvider));
  if (strategy.some((item) => !associated.includes(item.capacityProvider))) {
    throw invalidParameter(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    );
  }
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

/**
 * The provider of the next task: first `base` tasks on the provider that has one, then by weights, towards the
 * provider whose share of the cluster's alive tasks is furthest behind.
 */
export function chooseProvider(strategy: readonly StrategyItem[], cluster: Cluster): string {
  const counts = new Map<string, number>();
  for (const task of cluster.alive.values()) {
    const name = task.capacityProvider;
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const countOf = (item: StrategyItem) => counts.get(item.capacityProvider) ?? 0;
  const withBase = strategy.find((item) => countOf(item) < (item.base ?? 0));
  if (withBase !== undefined) return withBase.capacityProvider;
  if (strategy.length === 1) return strategy[0]?.capacityProvider ?? '';
  const weighed = strategy.filter((item) => (item.weight ?? 0) > 0);
  const load = (item: StrategyItem) => Math.max(0, countOf(item) - (item.base ?? 0)) / (item.weight ?? 1);
  const [best] = [...weighed].sort((a, b) => load(a) - load(b) || (b.weight ?? 0) - (a.weight ?? 0));
  return best?.capacityProvider ?? strategy[0]?.capacityProvider ?? '';
}
