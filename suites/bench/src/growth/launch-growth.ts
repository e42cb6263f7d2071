import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, percentileOf } from '../benchmark.js';
import { machine } from '../comparison/machine.js';
import { LaunchingWorker } from '../costs/launching-worker.js';
import { residentMib } from '../processes.js';
import { growthFigure } from './growth-figures.js';
import { growthPlot } from './growth-plot.js';

const SIZES = [250, 1_000, 2_000] as const;
const COMMAND = 'pnpm bench --only launch-growth --out FOLDER';
const QUIET_MS = 3_000;

interface Launched {
  /** Seconds from when all runs were due until each was launched. */
  readonly seconds: readonly number[];
  readonly cpuMs: number;
  readonly peakMib: number;
  /** After a collection of garbage, with all tasks alive. */
  readonly heapMib: number;
  /** Calls to AWS for each run. */
  readonly calls: number;
}

/** 250, 1,000 and 2,000 runs that are due at once, on a stand-in for a Prefect server, at AWS's rates. */
export const launchGrowth: Benchmark = {
  name: 'launch-growth',
  async measure(plot) {
    const all: (readonly [size: number, Launched])[] = [];
    for (const size of SIZES) all.push([size, await launched(size)]);
    const curve = (of: (each: Launched) => number) => all.map(([size, each]) => [size, of(each)] as const);
    const at = (share: number) => curve(({ seconds }) => percentileOf(seconds, share));
    const [last, cpu] = [at(1), curve(({ cpuMs }) => cpuMs / 1000)];
    const [peak, heap] = [curve(({ peakMib }) => peakMib), curve(({ heapMib }) => heapMib)];
    const panels = [
      {
        title: 'launched after',
        unit: 's',
        series: [
          { name: 'p50', points: at(0.5) },
          { name: 'p99', points: at(0.99) },
          { name: 'max', points: last },
        ],
      },
      { title: 'processor time of the worker', unit: 's', series: [{ name: 'all runs', points: cpu }] },
      {
        title: 'memory',
        unit: 'MiB',
        series: [
          { name: 'resident', points: peak },
          { name: 'heap', points: heap },
        ],
      },
    ];
    const origin = { machine: machine(), command: COMMAND };
    plot?.('launch-growth.svg', growthPlot('Runs that are due at once', 'runs', panels, origin));
    return [
      ...all.flatMap(([size, each]) => [
        { name: `${size} runs: launched after, p50`, value: percentileOf(each.seconds, 0.5), unit: 's', limit: null },
        { name: `${size} runs: launched after, p99`, value: percentileOf(each.seconds, 0.99), unit: 's', limit: null },
        { name: `${size} runs: launched after, at most`, value: percentileOf(each.seconds, 1), unit: 's', limit: null },
        { name: `${size} runs: processor time a run`, value: each.cpuMs / size, unit: 'ms', limit: null },
        { name: `${size} runs: AWS calls a run`, value: each.calls, unit: 'calls', limit: 1.2 },
        { name: `${size} runs: resident at most`, value: each.peakMib, unit: 'MiB', limit: null },
        { name: `${size} runs: heap`, value: each.heapMib, unit: 'MiB', limit: null },
      ]),
      growthFigure('the last launch', last),
      growthFigure('processor time', cpu),
      growthFigure('heap', heap),
    ];
  },
};

async function launched(size: number): Promise<Launched> {
  return await LaunchingWorker.during(
    async ({ process, server, aws }) => {
      await sleep(QUIET_MS);
      const before = await process.used();
      aws.clearCalls();
      const dueMs = Date.now();
      server.schedule(size);
      while (aws.ecs.tasks().length < size) await sleep(50);
      await sleep(QUIET_MS);
      const after = await process.used();
      const launches = aws.calls({ service: 'ecs', operation: 'RunTask', outcome: 'ok' });
      const calls = Object.values(aws.callCounts()).reduce((sum, { total }) => sum + total, 0);
      return {
        seconds: launches.map(({ startedAtMs }) => (startedAtMs - dueMs) / 1000),
        cpuMs: after.cpuMs - before.cpuMs,
        peakMib: residentMib(process.pid, 'VmHWM'),
        heapMib: after.heapBytes / 1024 ** 2,
        calls: calls / size,
      };
    },
    { throttling: 'aws', keepCalls: size * 4 },
  );
}
