import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Benchmark, Figure } from '../benchmark.js';
import { PeerServers } from './peer-servers.js';
import type { QueuePlace } from './queue.js';
import { openQueue } from './queue-process.js';
import { QueueWorkers, wakeUps } from './queue-workers.js';

const JOBS = 4000;
const PROCESSES = [1, 4];

/**
 * Compares the embedded pool with the queues that people would use instead: the same number of jobs that do nothing, created in
 * batches, claimed and finished by one process and by four. Each write is synced to the disk, unless the name says otherwise.
 */
export const peers: Benchmark = {
  name: 'peers',
  async measure() {
    const figures: Figure[] = [];
    const servers = new PeerServers();
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-peers-'));
    try {
      const packages = await servers.packages();
      const embedded: QueuePlace = { name: 'embedded', address: folder, packages };
      figures.push(...(await measureQueue('embedded pool', embedded, () => 0)));
      const postgres = await servers.postgres();
      if (postgres !== null)
        for (const name of ['pg-boss', 'graphile-worker'] as const)
          figures.push(...(await measureQueue(name, { name, address: postgres.url, packages }, postgres.cpuMs)));
      for (const sync of ['always', 'everysec'] as const) {
        const redis = await servers.redis(sync);
        if (redis === null) continue;
        const place: QueuePlace = { name: 'bullmq', address: redis.url, packages };
        figures.push(...(await measureQueue(`BullMQ, appendfsync ${sync}`, place, redis.cpuMs)));
      }
      return figures;
    } finally {
      await servers.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measureQueue(title: string, place: QueuePlace, serverCpuMs: () => number): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const note = (name: string, value: number, unit: string): void => {
    figures.push({ name: `${title}: ${name}`, value, unit, limit: null });
  };
  const queue = await openQueue(place);
  const work = async (count: number): Promise<void> => {
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    const ofServer = serverCpuMs();
    await queue.make(JOBS);
    const { user, system } = process.cpuUsage(cpu);
    if (count === 1) {
      note('made', (JOBS * 1000) / (performance.now() - startedMs), 'jobs/s');
      note('CPU to make one', (user + system + (serverCpuMs() - ofServer) * 1000) / JOBS, 'µs');
    }
    const workers = await QueueWorkers.start(place, count);
    const before = serverCpuMs();
    const used = await workers.used();
    note(`claimed and finished, ${count} process${count === 1 ? '' : 'es'}`, await workers.rate(JOBS), 'jobs/s');
    const after = await workers.used();
    if (count === 1) {
      note('CPU to claim and finish one', ((after.cpuMs - used.cpuMs + serverCpuMs() - before) * 1000) / JOBS, 'µs');
      note('resident memory of the process', after.mib, 'MiB');
      note('from made to started by an idle process, median', await wakeUps(queue, workers), 'ms');
    }
    await workers.stop();
  };
  await queue.make(1);
  for (const count of PROCESSES) await work(count);
  await queue.close();
  for (const { name, value, unit } of figures) console.error(`${name} ${value.toFixed(1)} ${unit}`);
  return figures;
}
