import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock, type WorkerOptions } from '@worker-host/core';
import { LocalProcessConfiguration } from '../src/local-process-configuration.js';
import { LocalProcessWorker } from '../src/local-process-worker.js';

/** A separate data directory of a test, with workers that behave like separate processes. */
export class Machine {
  readonly #workers: LocalProcessWorker[] = [];

  constructor(readonly home: string) {}

  static async make(): Promise<Machine> {
    return new Machine(await mkdtemp(join(tmpdir(), 'local-process-test-')));
  }

  worker(over: Partial<WorkerOptions> = {}, clock: Clock = systemClock): LocalProcessWorker {
    const options: WorkerOptions = {
      workerType: 'local-process',
      workerName: 'a-worker',
      workPoolName: 'a-pool',
      environment: { PATH: process.env.PATH, LANG: 'C.UTF-8', SECRET_OF_THE_WORKER: 'x', WORKER_HOST_HOME: this.home },
      hostCollectsOutput: true,
      ...over,
    };
    const worker = new LocalProcessWorker(options, clock);
    this.#workers.push(worker);
    return worker;
  }

  /** Stops every job that still runs and removes the files. */
  async dispose(): Promise<void> {
    const worker = this.worker();
    for (const { infrastructurePid } of await worker.listInfrastructure()) {
      await worker.killInfrastructure(infrastructurePid, new LocalProcessConfiguration(), 0).catch(() => undefined);
    }
    for (const each of this.#workers) await each.teardown();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function aConfiguration(over: Partial<LocalProcessConfiguration> = {}): LocalProcessConfiguration {
  return Object.assign(new LocalProcessConfiguration(), over);
}
