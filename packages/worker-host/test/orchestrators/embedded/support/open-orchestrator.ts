import type { OrchestratorListener, RunLease, WorkerIdentity, WorkPool } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { EmbeddedOrchestrator } from '../../../../src/orchestrators/embedded/embedded-orchestrator.js';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { type WorkerProcess, Workers } from '../../../../src/orchestrators/embedded/leases/workers.js';
import { newRun, type PoolBench } from './pool-bench.js';

export const TEMPLATE = {
  job_configuration: { command: '{{ command }}' },
  variables: { properties: { command: {} } },
};

/** Records what the control plane reports. */
export class HeardListener implements OrchestratorListener {
  readonly cancelling: string[] = [];
  readonly pools: (WorkPool | null)[] = [];
  work = 0;

  onCancelling(flowRunId: string): void {
    this.cancelling.push(flowRunId);
  }

  onWorkPool(workPool: WorkPool | null): void {
    this.pools.push(workPool);
  }

  onWorkAvailable(): void {
    this.work += 1;
  }

  async onTeardown(): Promise<void> {}
}

/** A control plane of one worker, with its own connection to the file. */
export interface OpenedOrchestrator {
  readonly orchestrator: EmbeddedOrchestrator;
  readonly pool: EmbeddedPool;
  readonly listener: HeardListener;
  readonly logger: RecordingLogger;
  /** Claims a new run. */
  claimNew(): Promise<RunLease>;
}

let workers = 0;

/** Opens a control plane on the bench's file as a worker of the pool `mine`; its name is unique unless given. */
export async function openOrchestrator(
  bench: PoolBench,
  options: Partial<WorkerIdentity> & { readonly createIfNotFound?: boolean; readonly process?: WorkerProcess } = {},
): Promise<OpenedOrchestrator> {
  const { createIfNotFound = true, process, ...over } = options;
  workers += 1;
  const identity: WorkerIdentity = {
    name: `w-${workers}`,
    type: 'test',
    workPoolName: 'mine',
    workQueueNames: [],
    limit: null,
    heartbeatIntervalSeconds: 10,
    ...over,
  };
  const pool = bench.open();
  const logger = new RecordingLogger();
  const listener = new HeardListener();
  const self = new Workers(pool.database, pool.nowMs, ...(process ? [process] : []));
  const orchestrator = new EmbeddedOrchestrator(pool, bench.clock, logger, 'by the test', self);
  bench.onDispose(() => orchestrator.close());
  await orchestrator.open(identity, { createIfNotFound, defaultBaseJobTemplate: TEMPLATE }, listener);
  const claimNew = async (): Promise<RunLease> => {
    const answer = await orchestrator.claim(pool.runs.create(newRun()));
    if (!answer.claimed) throw new Error(answer.reason);
    return answer.lease;
  };
  return { orchestrator, pool, listener, logger, claimNew };
}

/** A process in a separate container, of which others see only heartbeats. */
export function elsewhere(osPid: number): WorkerProcess {
  return {
    identity: { host: `host-${osPid}`, bootId: null, processNamespace: null, osPid, processStarted: null },
    processes: { exists: () => false, startOf: () => null },
  };
}

/** Returns the code of the error with which a promise rejects. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'resolved',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

/** Makes the next write fail although it is committed: SQLite cannot always tell. */
export function loseNextCommit({ database }: EmbeddedPool): void {
  const write = database.write.bind(database);
  database.write = (act, options) => {
    // Writes within this one are parts of it.
    database.write = write;
    write(act, options);
    throw new Error('disk I/O error after the commit');
  };
}
