import type { ContractWorld } from '../../../src/conformance/contract.js';
import { type MemoryConfiguration, MemoryWorker } from '../memory-worker.js';
import { memoryWorld } from '../memory-world.js';

class LeavesRejections extends MemoryWorker {
  override async setup(): Promise<void> {
    void Promise.reject(new Error('nobody waits for it'));
  }
}

/** The world that the environment selects: of a conforming worker, or of one that leaves rejections unhandled. */
export function chosenWorld(): ContractWorld<MemoryConfiguration> {
  const isBroken = process.env.CONTRACT_WORKER === 'broken';
  return { ...memoryWorld(isBroken ? LeavesRejections : MemoryWorker), print: undefined as never };
}
