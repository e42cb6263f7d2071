import { startLocalAws } from '@worker-host/testing/local-aws';
import { launchTasks } from '../alive/local-tasks.js';
import { type AliveMeasures, measureAlive } from '../alive/measure-alive.js';
import { type Benchmark, type Figure, percentileOf } from '../benchmark.js';
import { machine } from '../comparison/machine.js';
import { growthFigure } from './growth-figures.js';
import { growthPlot } from './growth-plot.js';

const SIZES = [2_000, 10_000, 50_000] as const;
const ENDS = 100;
/** Each task is described once every ten seconds, or at ten calls per second. */
const TASKS_PER_SECOND = 1_000;
const SHORTEST_ROUND_MS = 10_000;
/** Rate limit of AWS per account and region, DescribeTasks and ListTasks together. */
const DESCRIBE_BUDGET_PER_SECOND = 20;
const COMMAND = 'pnpm bench --only alive-growth --out FOLDER';

/** One worker with 2,000, 10,000 and 50,000 running tasks, by polling alone. */
export const aliveGrowth: Benchmark = {
  name: 'alive-growth',
  async measure(plot) {
    const aws = await startLocalAws({ simulate: 'sleep=forever', throttling: 'off', keepCalls: 100 });
    try {
      const runs = await launchTasks(aws, Math.max(...SIZES) + SIZES.length * ENDS);
      const all: (readonly [size: number, AliveMeasures])[] = [];
      for (const [index, size] of SIZES.entries()) {
        const roundMs = Math.max(SHORTEST_ROUND_MS, (size / TASKS_PER_SECOND) * 1000);
        const measured = await measureAlive({
          aws,
          // Without the tasks that ended before.
          runs: runs.slice(index * ENDS, index * ENDS + size),
          workers: 1,
          environment: { PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' },
          settleMs: 5_000 + roundMs,
          countedMs: 10_000,
          ends: ENDS,
          betweenEndsMs: 100,
          longestMs: 2 * roundMs,
        });
        all.push([size, measured]);
      }
      const curve = (of: (measured: AliveMeasures) => number) =>
        all.map(([size, measured]) => [size, of(measured)] as const);
      const [peak, cores] = [curve(({ peakMib }) => peakMib), curve((measured) => measured.cores)];
      const lag = (share: number) => curve(({ lagsSeconds }) => percentileOf(lagsSeconds, share));
      const panels = [
        { title: 'resident memory at most', unit: 'MiB', series: [{ name: 'peak', points: peak }] },
        {
          title: 'end of a task detected after',
          unit: 's',
          series: [
            { name: 'p50', points: lag(0.5) },
            { name: 'p99', points: lag(0.99) },
            { name: 'max', points: lag(1) },
          ],
        },
        { title: 'processor time in the steady state', unit: 'cores', series: [{ name: 'worker', points: cores }] },
        {
          title: 'taken over within',
          unit: 's',
          series: [{ name: 'seconds', points: curve(({ tookOverSeconds }) => tookOverSeconds) }],
        },
      ];
      const origin = { machine: machine(), command: COMMAND };
      plot?.('alive-growth.svg', growthPlot('One worker with running tasks', 'tasks', panels, origin));
      return [
        ...all.flatMap(([size, measured]) => figuresOf(`${size} tasks`, measured, DESCRIBE_BUDGET_PER_SECOND)),
        growthFigure('peak memory', peak),
      ];
    } finally {
      await aws.close();
    }
  },
};

/** Figures of one size. @param mostDescribes null: AWS throttles what exceeds its rate */
export function figuresOf(what: string, measured: AliveMeasures, mostDescribes: number | null): readonly Figure[] {
  const { lagsSeconds } = measured;
  const figure = (name: string, value: number, unit: string, limit: number | null = null): Figure => {
    return { name: `${what}: ${name}`, value, unit, limit };
  };
  return [
    figure('taken over within', measured.tookOverSeconds, 's'),
    figure('resident at most', measured.peakMib, 'MiB'),
    figure('heap', measured.heapMib, 'MiB'),
    figure('processor time', measured.cores, 'cores'),
    figure('DescribeTasks a second', measured.describesPerSecond, 'calls/s', mostDescribes),
    figure('DescribeTasks throttled', measured.throttled, 'calls'),
    figure('ends never seen', ENDS - lagsSeconds.length, 'ends', 0),
    figure('end seen after, p50', percentileOf(lagsSeconds, 0.5), 's'),
    figure('end seen after, p99', percentileOf(lagsSeconds, 0.99), 's'),
    figure('end seen after, at most', percentileOf(lagsSeconds, 1), 's'),
  ];
}
