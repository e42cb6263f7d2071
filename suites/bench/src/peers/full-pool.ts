import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openAdministration } from 'worker-host/embedded';
import { type Benchmark, type Figure, medianOf } from '../benchmark.js';
import { fillPool, postponeRuns } from './fill-pool.js';
import type { QueuePlace } from './queue.js';
import { openQueue } from './queue-process.js';
import { QueueWorkers, wakeUps } from './queue-workers.js';

const FINISHED = 1_000_000;
const QUEUED = 100_000;
const JOBS = 10_000;
const LISTS = 20;

/** The embedded pool with nothing in its file, and with 1,000,000 finished and 100,000 queued runs. */
export const fullPool: Benchmark = {
  name: 'full-pool',
  async measure() {
    return [...(await measurePool('empty', 0, 0)), ...(await measurePool('full', FINISHED, QUEUED))];
  },
};

async function measurePool(title: string, finished: number, queued: number): Promise<readonly Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'worker-host-full-pool-'));
  const place: QueuePlace = { name: 'embedded', address: home, packages: '' };
  const figures: Figure[] = [];
  const note = (name: string, value: number, unit: string, limit: number | null, isLeast = false): void => {
    figures.push({ name: `${title}: ${name}`, value, unit, limit, isLeast });
    console.error(`${title}: ${name} ${value.toFixed(1)} ${unit}`);
  };
  const fillingMs = performance.now();
  fillPool(home, finished, queued);
  console.error(`${title}: filled in ${((performance.now() - fillingMs) / 1000).toFixed(1)} s`);
  const queue = await openQueue(place);
  try {
    for (const [kind, least] of [
      ['claims', 5000],
      ['claims and ends', null],
    ] as const)
      for (const count of [1, 4]) {
        const startedMs = performance.now();
        await queue.make(JOBS);
        if (count === 1) note('made', (JOBS * 1000) / (performance.now() - startedMs), 'runs/s', 2000, true);
        const workers = await QueueWorkers.start({ ...place, isFinishing: kind !== 'claims' }, count);
        const before = await workers.used();
        const rate = await workers.rate(JOBS);
        const after = await workers.used();
        note(`${kind}, ${count} process${count === 1 ? '' : 'es'}`, rate, 'runs/s', least, true);
        note(`${kind}, CPU of each`, ((after.cpuMs - before.cpuMs) * 1000) / JOBS, 'µs', null);
        await workers.stop();
      }
    note('runs ls, its queries', await listMs(home), 'ms', 50);
    postponeRuns(home);
    const idle = await QueueWorkers.start(place, 1);
    idle.begin();
    note('from made to started by an idle process, median', await wakeUps(queue, idle), 'ms', 50);
    await idle.stop();
    return figures;
  } finally {
    await queue.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** What `runs ls` asks, without the start of its process. */
async function listMs(home: string): Promise<number> {
  const administration = await openAdministration({ home });
  const times: number[] = [];
  for (let time = 0; time < LISTS; time += 1) {
    const startedMs = performance.now();
    await administration.listRuns({ limit: 20 });
    times.push(performance.now() - startedMs);
  }
  await administration.close();
  return medianOf(times);
}
