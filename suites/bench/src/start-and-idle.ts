import { type Benchmark, medianOf } from './benchmark.js';
import { residentMib } from './processes.js';
import { BenchWorld } from './world.js';

const STARTS = 7;
const IDLE_MS = 30_000;

/** Time from `start` to the first poll, and memory of an idle worker. */
export const startAndIdle: Benchmark = {
  name: 'start-and-idle',
  async measure() {
    const world = await BenchWorld.start();
    try {
      const startMs: number[] = [];
      for (let start = 0; start < STARTS; start += 1) {
        const id = await world.queueRun({ command: 'true' });
        const { startedMs } = world.startWorker();
        await world.whenFinal(start + 1, 30_000);
        const { states } = await world.administration.readRun(id);
        const pending = states.find((state) => state.type === 'PENDING');
        startMs.push(Date.parse(pending?.timestamp ?? '') - startedMs);
        await world.stopWorkers();
      }
      const { child } = world.startWorker();
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      const idleMib = residentMib(child.pid);
      return [
        { name: 'start to first claim, median', value: medianOf(startMs), unit: 'ms', limit: 500 },
        { name: 'idle worker, resident', value: idleMib, unit: 'MiB', limit: 80 },
      ];
    } finally {
      await world.end();
    }
  },
};
