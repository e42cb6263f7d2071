import { buildBaseJobTemplate, type WorkPool } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { createWorkerHost } from 'worker-host';
import type { AliveRun, FromWorker, ToWorker } from './alive-run.js';
import { StandInOrchestrator } from './stand-in-orchestrator.js';

const MEMORY_EVERY_MS = 2000;

let orchestrator: StandInOrchestrator | null = null;

process.on('message', (message: ToWorker) => {
  if (message.kind === 'serve') void serve(standIn(message.runs));
  else orchestrator?.complete(message.flowRunId);
});
process.on('disconnect', () => process.exit(0));

/** A function of its own, so that the list of runs is not kept as long as the worker runs. */
function standIn(runs: readonly AliveRun[]): WorkPool {
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
  return pool;
}

async function serve(pool: WorkPool): Promise<void> {
  if (orchestrator === null) return;
  setInterval(() => tell({ kind: 'memory', heapUsedMib: process.memoryUsage().heapUsed / 1024 ** 2 }), MEMORY_EVERY_MS);
  const settings = { workPoolName: pool.name, workerName: 'alive' };
  await createWorkerHost({ orchestrator, plugin, settings, environment: process.env }).run();
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
