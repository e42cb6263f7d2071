import { WorkerError } from '@worker-host/core';
import { FakeClock } from '../../src/clock/fake-clock.js';
import type { ContractJob } from '../../src/conformance/contract.js';

/** Launch data of an in-memory job. */
export interface MemoryLaunch {
  readonly flowRunId: string;
  readonly attemptId: string;
  readonly relaunch: number;
  readonly pool: string;
  readonly job: ContractJob;
  readonly env: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** An in-memory job. */
export interface MemoryJob extends MemoryLaunch {
  readonly pid: string;
  readonly lines: string[];
  /** Null: it is running. */
  exitCode: number | null;
  wasStopped: boolean;
}

export class OutageError extends WorkerError {
  readonly code = 'OUTAGE';
}

/** There is no capacity for another job. */
export class NoCapacityError extends WorkerError {
  readonly code = 'NO_CAPACITY';
}

/** Infrastructure with in-memory jobs, with everything that a world of the contract can provide. */
export class Memory {
  readonly clock = new FakeClock();
  readonly jobs = new Map<string, MemoryJob>();
  /** Error with which every call to the infrastructure fails. Null: none. */
  failure: Error | null = null;
  hasCapacity = true;
  losesNextAnswer = false;
  readonly ignoredStops = new Set<string>();
  readonly slowStops = new Set<string>();
  readonly graces = new Map<string, number>();

  /** Returns the same job for the same key, for any caller. */
  launch(key: string, launch: MemoryLaunch): MemoryJob {
    this.#reach();
    const existing = this.jobs.get(key);
    if (existing) return existing;
    if (!this.hasCapacity) throw new NoCapacityError('There is no room');
    const job: MemoryJob = {
      ...launch,
      pid: `job-${this.jobs.size + 1}`,
      lines: [],
      exitCode: null,
      wasStopped: false,
    };
    this.jobs.set(key, job);
    if (launch.job.kind === 'ends') job.exitCode = launch.job.exitCode;
    if (this.losesNextAnswer) {
      this.losesNextAnswer = false;
      throw new OutageError('The answer is lost');
    }
    return job;
  }

  find(isWanted: (job: MemoryJob, key: string) => boolean): MemoryJob | null {
    this.#reach();
    for (const [key, job] of this.jobs) if (isWanted(job, key)) return job;
    return null;
  }

  list(pool: string): readonly MemoryJob[] {
    this.#reach();
    return [...this.jobs.values()].filter((job) => job.pool === pool && job.exitCode === null);
  }

  /** False: the request has no effect. */
  stop(job: MemoryJob, graceSeconds: number): boolean {
    this.#reach();
    this.graces.set(job.flowRunId, graceSeconds);
    if (this.ignoredStops.delete(job.flowRunId)) return false;
    if (job.exitCode !== null) return true;
    job.wasStopped = true;
    if (!this.slowStops.has(job.flowRunId)) job.exitCode = 137;
    return true;
  }

  check(): void {
    this.#reach();
  }

  #reach(): void {
    if (this.failure !== null) throw this.failure;
  }
}
