import { silentLogger } from '@worker-host/core';
import type { Administration } from '../../cli/administration-port.js';
import { NotFoundError } from './embedded-errors.js';
import { EmbeddedPool, type EmbeddedPoolOptions } from './embedded-pool.js';
import { RunLogs } from './run-logs.js';

/** Opens the embedded pool for the commands. */
export async function openAdministration(options: EmbeddedPoolOptions): Promise<Administration> {
  const pool = EmbeddedPool.open({ secretKey: process.env.WORKER_HOST_SECRET_KEY ?? null, ...options });
  const { pools, deployments, runs, variables, secrets, planner } = pool;
  const logs = new RunLogs(pool.database, silentLogger);
  return {
    databasePath: pool.database.path,
    listWorkPools: async () => pools.list(),
    readWorkPool: async (name) => pools.read(name),
    createWorkPool: async (given) => pools.create(given),
    updateWorkPool: async (name, change) => pools.update(name, change),
    deleteWorkPool: async (name) => pools.delete(name),
    listWorkQueues: async (poolName) => pools.listQueues(poolName),
    createWorkQueue: async (poolName, queue) => pools.createQueue(poolName, queue),
    updateWorkQueue: async (poolName, name, change) => pools.updateQueue(poolName, name, change),
    deleteWorkQueue: async (poolName, name) => pools.deleteQueue(poolName, name),
    listDeployments: async () => deployments.list(),
    readDeployment: async (name) => deployments.read(name),
    createDeployment: async (deployment) => {
      const created = deployments.create(deployment);
      planner.plan();
      return created;
    },
    updateDeployment: async (name, { isPaused }) => deployments.setPaused(name, isPaused),
    deleteDeployment: async (name) => deployments.delete(name),
    createFlowRun: async (run) => runs.create(run),
    listFlowRuns: async (query) => runs.list(query),
    readRun: async (idOrName) => runs.view(idOrName),
    readLogs: async (flowRunId, { afterSequence, limit }) => logs.read(flowRunId, afterSequence, limit),
    cancelFlowRun: async (flowRunId) => {
      const { state } = runs.propose(flowRunId, { type: 'CANCELLING', message: 'Cancelled by the command line' });
      if (!state) throw new NotFoundError('flow run', flowRunId);
      return state;
    },
    listVariables: async () => variables.list(),
    readVariable: async (name) => variables.read(name),
    setVariable: async (name, value) => variables.set(name, value),
    deleteVariable: async (name) => variables.delete(name),
    listSecrets: async () => secrets.list(),
    readSecret: async (name) => secrets.read(name),
    setSecret: async (name, value) => secrets.set(name, value),
    deleteSecret: async (name) => secrets.delete(name),
    close: async () => pool.close(),
  };
}
