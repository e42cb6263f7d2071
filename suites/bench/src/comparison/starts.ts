import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf, residentMib } from '../processes.js';
import type { Arena } from './arena.js';
import type { Contender } from './contender.js';
import type { Samples } from './measures.js';

const STARTS = 7;
const SETTLE_MS = 5000;
const IDLE_MS = 60_000;

/**
 * From the start of the process to its first poll, and the memory then. The first start, which makes the pool and reads files into the cache of the system, is not
 * counted.
 */
export async function measureStarts(arena: Arena, contender: Contender): Promise<Samples> {
  const start: number[] = [];
  const startCpu: number[] = [];
  const memoryAtPoll: number[] = [];
  await arena.with(contender, {}, async (side) => {
    for (let count = 0; count <= STARTS; count += 1) {
      const { child, polled } = side.start();
      const seconds = await polled;
      const [cpuMs, mib] = [cpuMsOf(child.pid), residentMib(child.pid)];
      // With its children: one that survives would poll before the next worker.
      await child.stop(0);
      if (count === 0) continue;
      start.push(seconds);
      startCpu.push(cpuMs / 1000);
      memoryAtPoll.push(mib);
    }
  });
  return { start, startCpu, memoryAtPoll };
}

/** Memory and requests of a worker without work. */
export async function measureIdle(arena: Arena, contender: Contender): Promise<Samples> {
  return await arena.with(contender, {}, async (side) => {
    const { child, polled } = side.start();
    await polled;
    await sleep(SETTLE_MS);
    const before = side.proxy.requests.length;
    await sleep(IDLE_MS);
    return { memoryIdle: [residentMib(child.pid)], idleRequests: [side.proxy.requests.length - before] };
  });
}
