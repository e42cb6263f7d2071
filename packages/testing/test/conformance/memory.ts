import { WorkerError } from '@worker-host/core';
import { FakeClock } from '../../src/clock/fake-clock.js';
import type { ContractJob } from '../../src/conformance/contract.js';

/** What a job of the memory was launched for, and with. */
export interface MemoryLaunch {
  readonly flowRunId: string;
  readonly attemptId: string;
  readonly relaunch: number;
  readonly pool: string;
  readonly job: ContractJob;
  readonly env: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A job that exists in memory only. */
export interface MemoryJob extends MemoryLaunch {
  readonly pid: string;
  readonly lines: string[];
  /** Null: it runs. */
  exitCode: number | null;
  wasStopped: boolean;
}

export class OutageError extends WorkerError {
  readonly code = 'OUTAGE';
}

/** There is no room for another job. */
export class NoCapacityError extends WorkerError {
  readonly code = 'NO_CAPACITY';
}

/** Infrastructure whose jobs exist in memory only, with everything a contract's world may ask for. */
export class Memory {
  readonly clock = new FakeClock();
  readonly jobs = new Map<string, MemoryJob>();
  /** What every call to the infrastructure fails with. Null: nothing. */
  failure: Error | null = null;
  hasCapacity = true;
  losesNextAnswer = false;
  readonly ignoredStops = new Set<string>();
  readonly slowStops = new Set<string>();
  readonly graces = new Map<string, number>();

  /** The same job for the same key, whoever asks. */
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

  /** False: the order has no effect. */
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
