import { type Benchmark, medianOf } from './benchmark.js';
import { callFigures } from './calls.js';
import { residentMib } from './processes.js';
import { BenchWorld } from './world.js';

const RUNS = 1000;
const LIMIT = 100;
const LINES = 3;

/** A thousand runs of no length that write lines, at AWS's rates: none lost, none doubled, each line copied once. */
export const manyRuns: Benchmark = {
  name: 'many-runs',
  async measure() {
    const world = await BenchWorld.start({ simulate: `sleep=0;exit=0;lines=${LINES}`, throttling: 'aws' });
    try {
      for (let run = 0; run < RUNS; run += 1) await world.queueRun({ command: 'true' });
      const { child, startedMs } = world.startWorker(['--limit', String(LIMIT)]);
      await world.whenFinal(RUNS, 240_000);
      const seconds = (Date.now() - startedMs) / 1000;
      const peakMib = residentMib(child.pid, 'VmHWM');
      const { runs } = await world.administration.listRuns({ limit: RUNS * 2 });
      const tasks = world.aws.ecs.tasks();
      const launches = new Map(tasks.map((task) => [task.startedBy?.split('/')[1] ?? '', task]));
      const lags: number[] = [];
      for (const { id } of runs.slice(0, 200)) {
        const { states } = await world.administration.readRun(id);
        const claimed = Date.parse(states.find((state) => state.type === 'PENDING')?.timestamp ?? '');
        const launched = Date.parse(states.find((state) => state.name === 'InfrastructurePending')?.timestamp ?? '');
        lags.push(launched - claimed);
      }
      return [
        {
          name: 'runs that completed',
          value: runs.filter((run) => run.stateType === 'COMPLETED').length,
          unit: 'runs',
          limit: RUNS,
          isLeast: true,
        },
        { name: 'tasks beyond one a run', value: tasks.length - launches.size, unit: 'tasks', limit: 0 },
        {
          name: 'runs whose output is incomplete or out of order',
          value: await incomplete(world, runs),
          unit: 'runs',
          limit: 0,
        },
        { name: 'runs a second', value: RUNS / seconds, unit: 'runs/s', limit: 18, isLeast: true },
        { name: 'claim to launched, median under load', value: medianOf(lags), unit: 'ms', limit: null },
        ...callFigures(world.aws, RUNS),
        { name: 'worker, peak resident', value: peakMib, unit: 'MiB', limit: null },
      ];
    } finally {
      await world.end();
    }
  },
};

/** Counts runs whose log does not hold each line of the container once and in order. */
async function incomplete(world: BenchWorld, runs: readonly { readonly id: string }[]): Promise<number> {
  const expected = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`).join('\n');
  let wrong = 0;
  for (const { id } of runs) {
    const lines = await world.administration.readLogs(id, { afterSequence: 0, limit: 1000 });
    const written = lines.map(({ message }) => message).filter((message) => /^line \d+$/.test(message));
    if (written.join('\n') !== expected) wrong += 1;
  }
  return wrong;
}
