import type { StrategyItem } from '../ecs-types.js';
import type { TaskHome } from '../tasks/task.js';

/**
 * Returns the provider of the next task: first `base` tasks on the provider that has a base, then by weight, the
 * provider whose share of the cluster's running tasks is furthest below its weight.
 */
export function chooseProvider(strategy: readonly StrategyItem[], cluster: TaskHome): string {
  const counts = new Map<string, number>();
  for (const task of cluster.alive.values()) {
    const name = task.provider?.name;
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
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
