import { homedir } from 'node:os';
import { type Clock, silentLogger, systemClock } from '@worker-host/core';
import { defaultDataDirectory } from '../../configuration/default-data-directory.js';
import type { Administration } from './administration-types.js';
import { backUp } from './backup/backup.js';
import { checkDatabase } from './backup/database-check.js';
import { dataFilesOf } from './database/data-directory.js';
import { GroupCommit } from './database/group-commit.js';
import { whenFree } from './database/when-free.js';
import { NotFoundError } from './embedded-errors.js';
import { EmbeddedPool, type EmbeddedPoolOptions } from './embedded-pool.js';
import { batchesOf } from './runs/bulk-runs.js';
import { type FollowedPool, followRun } from './runs/followed-run.js';
import type { NewFlowRun } from './runs/new-flow-runs.js';
import { RunLogs } from './runs/run-logs.js';

/** Defaults of a run. */
const USUAL_RUN: NewFlowRun = {
  deploymentName: null,
  workPoolName: null,
  workQueueName: null,
  name: null,
  jobVariables: {},
  parameters: {},
  tags: [],
  idempotencyKey: null,
  scheduledForMs: null,
};

/**
 * Opens the embedded pool, for commands and programs.
 *
 * @param options `home`: default: the data directory of the user. `clock`: for waiting on other processes; default: the system
 * clock.
 */
export async function openAdministration(
  options: Omit<EmbeddedPoolOptions, 'home'> & { readonly home?: string; readonly clock?: Clock } = {},
): Promise<Administration> {
  const secretKey = options.secretKey ?? process.env.WORKER_HOST_SECRET_KEY ?? null;
  const { home = defaultDataDirectory(process.env, homedir(), process.platform) } = options;
  const pool = EmbeddedPool.open({ ...options, home, secretKey });
  const files = dataFilesOf(home);
  const { pools, deployments, runs, runLists, workers, overviews, limits, variables, secrets, planner } = pool;
  const logs = new RunLogs(pool.database, silentLogger);
  const clock = options.clock ?? systemClock;
  const group = new GroupCommit(pool.database, clock);
  const free = <T>(act: () => T): Promise<T> => whenFree(clock, act);
  const inBatches = async (
    choose: () => readonly string[],
    act: (ids: readonly string[]) => number,
  ): Promise<number> => {
    let changed = 0;
    for (const ids of batchesOf(await free(() => pool.database.write(choose)))) changed += await free(() => act(ids));
    return changed;
  };
  const { selection, arrays, bulk } = pool;
  const followed: FollowedPool = {
    dataVersion: () => free(() => pool.database.dataVersion()),
    readRun: (id) => free(() => runs.view(id)),
    readLogs: (id, query) => free(() => logs.read(id, query)),
  };
  return {
    databasePath: pool.database.path,
    listWorkPools: () => free(() => pools.list()),
    readWorkPool: (name) => free(() => pools.read(name)),
    createWorkPool: ({ baseJobTemplate = {}, ...given }) => free(() => pools.create({ ...given, baseJobTemplate })),
    updateWorkPool: (name, change) => free(() => pools.update(name, change)),
    readWorkPoolContents: (name) => free(() => pools.contents(name)),
    deleteWorkPool: (name) => free(() => pools.delete(name)),
    listWorkQueues: (poolName) => free(() => pools.listQueues(poolName)),
    createWorkQueue: (poolName, queue) => free(() => pools.createQueue(poolName, queue)),
    updateWorkQueue: (poolName, name, change) => free(() => pools.updateQueue(poolName, name, change)),
    deleteWorkQueue: (poolName, name) => free(() => pools.deleteQueue(poolName, name)),
    listDeployments: () => free(() => deployments.list()),
    readDeployment: (name) => free(() => deployments.read(name)),
    createDeployment: async (deployment) => {
      const created = await free(() => deployments.create(deployment));
      await free(() => planner.plan());
      return created;
    },
    updateDeployment: (name, { isPaused }) => free(() => deployments.setPaused(name, isPaused)),
    deleteDeployment: (name) => free(() => deployments.delete(name)),
    listSchedules: (name, nextTimes) => free(() => deployments.scheduleViews(name, nextTimes)),
    addSchedule: async (name, schedule) => {
      await free(() => deployments.changeSchedules(name, (schedules, id) => schedules.add(id, schedule)));
      await free(() => planner.plan());
    },
    pauseSchedule: (name, which, untilMs) =>
      free(() => deployments.changeSchedules(name, (schedules, id) => schedules.pause(id, which, untilMs))),
    resumeSchedule: async (name, which) => {
      await free(() => deployments.changeSchedules(name, (schedules, id) => schedules.resume(id, which)));
      await free(() => planner.plan());
    },
    deleteSchedule: (name, which) =>
      free(() => deployments.changeSchedules(name, (schedules, id) => schedules.delete(id, which))),
    createFlowRun: (run) => group.writeBatched(runs.creation, { ...USUAL_RUN, ...run }),
    followRun: (id, signal) => followRun(followed, id, clock, signal),
    awaitRun: async (id, signal) => {
      const news = followRun(followed, id, clock, signal);
      for (;;) {
        const { done, value } = await news.next();
        if (done) return value;
      }
    },
    listRuns: (query) => free(() => runLists.list(query)),
    readRunSummary: (id) => free(() => runLists.read(id)),
    readPoolOverview: (name) => free(() => overviews.read(name)),
    dataVersion: () => free(() => pool.database.dataVersion()),
    listWorkers: (workPoolName = null) =>
      free(() => workers.list(workPoolName === null ? null : pools.read(workPoolName).id)),
    readRun: (idOrName) => free(() => runs.view(idOrName)),
    readLogs: (flowRunId, query) => free(() => logs.read(flowRunId, query)),
    cancelFlowRun: async (flowRunId) => {
      const { state } = await free(() =>
        runs.propose(flowRunId, { type: 'CANCELLING', message: 'Cancelled from the command line' }),
      );
      if (!state) throw new NotFoundError('flow run', flowRunId);
      return state;
    },
    countRuns: (filter) => free(() => selection.counts(filter)),
    cancelRuns: (filter) =>
      inBatches(
        () => selection.ids(filter),
        (ids) => bulk.cancel(ids),
      ),
    deleteRuns: (filter) =>
      inBatches(
        () => arrays.toDelete(selection.ids(filter)),
        (ids) => bulk.delete(ids),
      ),
    retryRuns: (filter, change) =>
      inBatches(
        () => arrays.toRetry(selection.ids(filter)),
        (ids) => bulk.retry(ids, change),
      ),
    readRetention: (poolName) => free(() => pool.retention.read(poolName)),
    setRetention: (poolName, stateTypes, rule) => free(() => pool.retention.set(poolName, stateTypes, rule)),
    countPrunable: (poolName) => free(() => pool.pruning.count(pool.retention.limits(poolName))),
    prune: async (poolName) => {
      const limits = await free(() => pool.retention.limits(poolName));
      let pruned = 0;
      for (let deleted = -1; deleted !== 0; pruned += deleted)
        deleted = await free(() => pool.pruning.pruneBatch(limits));
      return pruned;
    },
    listVariables: () => free(() => variables.list()),
    readVariable: (name) => free(() => variables.read(name)),
    setVariable: (name, value) => free(() => variables.set(name, value)),
    deleteVariable: (name) => free(() => variables.delete(name)),
    listSecrets: () => free(() => secrets.list()),
    readSecret: (name) => free(() => secrets.read(name)),
    setSecret: (name, value) => free(() => secrets.set(name, value)),
    deleteSecret: (name) => free(() => secrets.delete(name)),
    listLimits: () => free(() => limits.list()),
    setLimit: (key, rule) => free(() => limits.set(key, rule)),
    deleteLimit: (key) => free(() => limits.delete(key)),
    readDeclaration: () => free(() => pool.declarations.read()),
    compareDeclaration: (declaration, prune) => free(() => pool.declarations.changes(declaration, prune)),
    applyDeclaration: async (declaration, prune) => {
      const changes = await free(() => pool.declarations.apply(declaration, prune));
      await free(() => planner.plan());
      return changes;
    },
    rotateSecretKey: (newKey) => free(() => secrets.rotate(newKey)),
    backUp: (directory, withKey) => {
      const snapshot = (path: string) => pool.database.snapshot(path);
      return free(() => backUp(files, directory, snapshot, { withKey, secretKey }));
    },
    checkDatabase: () => free(() => checkDatabase(files, secretKey)),
    vacuum: () => free(() => pool.database.vacuum()),
    close: async () => pool.close(),
  };
}
