import type { LocalAws } from '@worker-host/testing/local-aws';
import type { Figure } from './benchmark.js';

/** Calls to ECS that each run needs. */
const OF_EACH_RUN = 'ecs:RunTask';

/** Returns all calls for a number of runs: RunTask once per run, the others shared. */
export function callFigures(aws: LocalAws, runs: number): readonly Figure[] {
  const counts = aws.callCounts();
  const figures = Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([operation, { total }]): Figure => {
      const limit = operation === OF_EACH_RUN ? 1 : null;
      return { name: `${operation} a run`, value: total / runs, unit: 'calls', limit };
    });
  const throttled = Object.entries(counts).filter(([, count]) => count.throttled > 0);
  const which = throttled.map(([operation, count]) => `${operation} ${count.throttled}`).join(', ');
  return [
    ...figures,
    {
      name: `calls answered by a throttle${which && ` (${which})`}`,
      value: throttled.reduce((sum, [, count]) => sum + count.throttled, 0),
      unit: 'calls',
      limit: 0,
    },
  ];
}
