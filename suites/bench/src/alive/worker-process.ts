import { buildBaseJobTemplate } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { createWorkerHost } from 'worker-host';
import type { AliveRun, FromWorker, ToWorker } from './alive-run.js';
import { StandInOrchestrator } from './stand-in-orchestrator.js';

const MEMORY_EVERY_MS = 2000;

let orchestrator: StandInOrchestrator | null = null;

process.on('message', (message: ToWorker) => {
  if (message.kind === 'serve') void serve(message.runs);
  else orchestrator?.complete(message.flowRunId);
});
process.on('disconnect', () => process.exit(0));

async function serve(runs: readonly AliveRun[]): Promise<void> {
  const baseJobTemplate = buildBaseJobTemplate(plugin);
  const pool = {
    id: '44444444-4444-4444-8444-444444444444',
    name: 'alive',
    type: 'ecs',
    baseJobTemplate,
    isPaused: false,
    concurrencyLimit: null,
    vcpuLimit: null,
    memoryLimitMib: null,
  };
  orchestrator = new StandInOrchestrator(runs, pool, {
    tookOver: () => tell({ kind: 'took-over' }),
    ended: (flowRunId) => tell({ kind: 'ended', flowRunId, atMs: Date.now() }),
  });
  setInterval(() => tell({ kind: 'memory', heapUsedMib: process.memoryUsage().heapUsed / 1024 ** 2 }), MEMORY_EVERY_MS);
  const settings = { workPoolName: pool.name, workerName: 'alive' };
  await createWorkerHost({ orchestrator, plugin, settings, environment: process.env }).run();
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
