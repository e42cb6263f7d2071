import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResources } from '@worker-host/core';
import { FakeClock } from '@worker-host/testing';
import type { Row } from '../../../../src/orchestrators/embedded/database/database.js';
import { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { type ClaimResult, Claims, type TakenRun } from '../../../../src/orchestrators/embedded/leases/claims.js';
import { type WorkerProcess, Workers } from '../../../../src/orchestrators/embedded/leases/workers.js';
import type { NewFlowRun } from '../../../../src/orchestrators/embedded/runs/new-flow-runs.js';

/** A worker process of a test: its own connection to the file, and what it claims through. */
export interface TestWorker {
  readonly pool: EmbeddedPool;
  readonly workers: Workers;
  readonly claims: Claims;
  /** Claims a run, and holds its lease. */
  claim(flowRunId: string): ClaimResult;
  /** Takes over what is free in the pool `mine`, and holds the leases. */
  takeOver(limit?: number): readonly TakenRun[];
  /** Forgets the lease of a run, as when its answer was lost. */
  forget(flowRunId: string): void;
}

/** A new data directory for one test, with as many connections to its file as the test opens. */
export class PoolBench {
  readonly home = mkdtempSync(join(tmpdir(), 'embedded-pool-'));
  readonly clock = new FakeClock();
  readonly #opened: EmbeddedPool[] = [];
  readonly #closing: (() => Promise<void>)[] = [];

  open(options: { readonly secretKey?: string; readonly home?: string } = {}): EmbeddedPool {
    const pool = EmbeddedPool.open({ home: this.home, nowMs: () => this.clock.nowMs(), ...options });
    this.#opened.push(pool);
    return pool;
  }

  /** A pool `mine` of the type `test`, without a template. */
  openWithPool(): EmbeddedPool {
    const pool = this.open();
    pool.pools.create({ name: 'mine', type: 'test', baseJobTemplate: {} });
    return pool;
  }

  worker(self?: WorkerProcess): TestWorker {
    const pool = this.open();
    const workers = new Workers(pool.database, pool.nowMs, ...(self ? [self] : []));
    const held = new Set<string>();
    const isHeld = (id: string): boolean => held.has(id);
    const claims = new Claims(pool.database, pool.pools, pool.runs, pool.limits, workers, pool.nowMs, isHeld);
    return {
      pool,
      workers,
      claims,
      claim(flowRunId) {
        const result = claimOne(claims, flowRunId);
        if (result.granted !== null) held.add(flowRunId);
        return result;
      },
      takeOver(limit = 100) {
        const taken = claims.takeOver(pool.pools.read('mine').id, limit);
        for (const { flowRun } of taken) held.add(flowRun.id);
        return taken;
      },
      forget: (flowRunId) => void held.delete(flowRunId),
    };
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  /** Runs an action before the connections are closed. */
  onDispose(act: () => Promise<void>): void {
    this.#closing.push(act);
  }

  async dispose(): Promise<void> {
    for (const act of this.#closing.splice(0)) await act();
    for (const pool of this.#opened) pool.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Claims runs of unknown size in one transaction. */
export function claimAll(claims: Claims, flowRunIds: readonly string[]): readonly ClaimResult[] {
  return claims.claimAll(flowRunIds.map((flowRunId) => ({ flowRunId, resources: null })));
}

/** Claims one run, without holding its lease. */
export function claimOne(claims: Claims, flowRunId: string, resources: RunResources | null = null): ClaimResult {
  const [result] = claims.claimAll([{ flowRunId, resources }]);
  if (result === undefined) throw new Error('a claim was not answered');
  return result;
}

/** A run of the pool `mine`, due now. */
export function newRun(change: Partial<NewFlowRun> = {}): NewFlowRun {
  return {
    deploymentName: null,
    workPoolName: change.deploymentName ? null : 'mine',
    workQueueName: null,
    name: null,
    jobVariables: {},
    parameters: {},
    tags: [],
    idempotencyKey: null,
    scheduledForMs: null,
    ...change,
  };
}

/** What an act throws; fails the test when it throws nothing. */
export function thrownBy(act: () => unknown): Error & { readonly code?: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The row of a run as it is stored. */
export function rowOf(pool: EmbeddedPool, flowRunId: string): Row {
  const row = pool.database.get('SELECT * FROM flow_runs WHERE id = ?', flowRunId);
  if (row === null) throw new Error(`no such run: ${flowRunId}`);
  return row;
}
