import type { Orchestrator } from '@worker-host/core';
import { type OrchestratorWorld, orchestratorContract, RecordingLogger } from '@worker-host/testing';
import Libsql from 'libsql';
import { EmbeddedOrchestrator } from '../../../src/orchestrators/embedded/embedded-orchestrator.js';
import type { EmbeddedPool } from '../../../src/orchestrators/embedded/embedded-pool.js';
import { type WorkerProcess, Workers } from '../../../src/orchestrators/embedded/leases/workers.js';
import { RunLogs } from '../../../src/orchestrators/embedded/runs/run-logs.js';
import { elsewhere, loseNextCommit } from './support/open-orchestrator.js';
import { newRun, PoolBench } from './support/pool-bench.js';

interface Client {
  readonly pool: EmbeddedPool;
  readonly osPid: number;
}

/** How the processes of the workers see each other. */
type Neighbours = 'on one machine' | 'in containers';

function arrange(neighbours: Neighbours): OrchestratorWorld {
  const bench = new PoolBench();
  const admin = bench.openWithPool();
  const { clock } = bench;
  const clients = new Map<Orchestrator, Client>();
  const living = new Set<number>();
  const here = (osPid: number): WorkerProcess => ({
    identity: { host: 'h', bootId: 'b', processNamespace: 'n', osPid, processStarted: `${osPid}` },
    processes: { exists: (pid) => living.has(pid), startOf: (pid) => `${pid}` },
  });
  const clientOf = (orchestrator: Orchestrator): Client => {
    const client = clients.get(orchestrator);
    if (client === undefined) throw new Error('a client of another world');
    return client;
  };
  return {
    clock,
    workPoolName: 'mine',
    workerType: 'test',
    heartbeatIntervalSeconds: 10,
    letTimePass: (ms) => clock.advance(ms),
    createClient: () => {
      const pool = bench.open();
      const osPid = clients.size + 1;
      living.add(osPid);
      const process = neighbours === 'on one machine' ? here(osPid) : elsewhere(osPid);
      const workers = new Workers(pool.database, pool.nowMs, process);
      const client = new EmbeddedOrchestrator(pool, clock, new RecordingLogger(), 'by the test', workers);
      clients.set(client, { pool, osPid });
      bench.onDispose(() => client.close());
      return client;
    },
    addRun: async ({ dueInMs = 0, workQueueName = null }) =>
      admin.runs.create(newRun({ workQueueName, scheduledForMs: bench.nowMs + dueInMs })).id,
    cancel: async (id) => void admin.runs.propose(id, { type: 'CANCELLING' }),
    reschedule: async (id) => void admin.runs.propose(id, { type: 'SCHEDULED', force: true }),
    fail: async (id) => void admin.runs.propose(id, { type: 'FAILED', force: true }),
    remove: async (id) => void admin.database.run('DELETE FROM flow_runs WHERE id = ?', id),
    statesOf: async (id) => admin.runs.states(id).map(({ type, name }) => ({ type, name })),
    outputOf: async (id) => {
      const lines = new RunLogs(admin.database, new RecordingLogger()).read(id, { limit: 1000 });
      return lines.filter(({ name }) => name === 'worker-host.output').map(({ message }) => message);
    },
    setPool: async (change) => void admin.pools.update('mine', change),
    setQueue: async (name, change) => {
      const isKnown = admin.pools.listQueues('mine').some((queue) => queue.name === name);
      if (!isKnown) admin.pools.createQueue('mine', { name, ...change });
      else admin.pools.updateQueue('mine', name, change);
    },
    kill: async (client) => void living.delete(clientOf(client).osPid),
    // A process that is paused on the same machine is seen as alive.
    ...(neighbours === 'in containers' ? { pause: async () => undefined } : {}),
    loseAnswer: async (client) => loseNextCommit(clientOf(client).pool),
    cutOff: async () => {
      const holder = new Libsql(admin.database.path);
      holder.exec('BEGIN IMMEDIATE');
      return async () => {
        holder.exec('ROLLBACK');
        holder.close();
      };
    },
    failNextRead: async (client) => failNextReadOf(clientOf(client).pool),
    dispose: () => bench.dispose(),
  };
}

function failNextReadOf({ database }: EmbeddedPool): void {
  const all = database.all.bind(database);
  database.all = () => {
    database.all = all;
    throw new Error('disk I/O error');
  };
}

for (const neighbours of ['on one machine', 'in containers'] as const)
  orchestratorContract({
    runner: { describe, it, before, after },
    name: `embedded pool, processes ${neighbours}`,
    arrange: () => arrange(neighbours),
  });
