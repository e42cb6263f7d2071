import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocalAws } from '@worker-host/testing/local-aws';
import { type Benchmark, medianOf } from './benchmark.js';
import { MeasuredWorker } from './costs/measured-worker.js';
import { PrefectStandIn } from './costs/prefect-stand-in.js';
import { publishedWorker } from './published-worker.js';
import { residentMib } from './world.js';

const POOL = 'start';
const STARTS = 7;
const IDLE_MS = 60_000;

/** From the start of the process to the first poll of a Prefect server, and the memory then and a minute later. */
export const startWithPrefect: Benchmark = {
  name: 'start-with-prefect',
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-start-'));
    const aws = await startLocalAws();
    const starts: { readonly ms: number; readonly mib: number; readonly cpuMs: number }[] = [];
    let idleMib = Number.NaN;
    try {
      publishedWorker();
      for (let start = 0; start < STARTS; start += 1) {
        await polling(aws.environment, folder, async (worker, ms) => {
          const mib = residentMib(worker.pid);
          starts.push({ ms, mib, cpuMs: (await worker.used()).cpuMs });
        });
      }
      await polling(aws.environment, folder, async (worker) => {
        await sleep(IDLE_MS);
        idleMib = residentMib(worker.pid);
      });
    } finally {
      await aws.close();
      rmSync(folder, { recursive: true, force: true });
    }
    const median = (figure: 'ms' | 'mib' | 'cpuMs') => medianOf(starts.map((start) => start[figure]));
    return [
      { name: 'start to first poll, median', value: median('ms'), unit: 'ms', limit: 420 },
      { name: 'processor time until then, median', value: median('cpuMs'), unit: 'ms', limit: null },
      { name: 'resident at the first poll, median', value: median('mib'), unit: 'MiB', limit: 135 },
      { name: 'idle worker, resident', value: idleMib, unit: 'MiB', limit: 64 },
    ];
  },
};

/** Starts a worker and hands it over at its first poll, with the milliseconds until then. */
async function polling(
  aws: Readonly<Record<string, string>>,
  home: string,
  measure: (worker: MeasuredWorker, ms: number) => Promise<void>,
): Promise<void> {
  const server = new PrefectStandIn(POOL);
  const environment = { ...aws, HOME: home, PREFECT_API_URL: await server.start() };
  const startedMs = performance.now();
  const worker = new MeasuredWorker(POOL, environment);
  try {
    await server.polled;
    await measure(worker, performance.now() - startedMs);
  } finally {
    await worker.stop();
    await server.stop();
  }
}
