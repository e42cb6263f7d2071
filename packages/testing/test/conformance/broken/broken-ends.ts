import { type RunContext, type WorkerEnd, WorkerResult } from '@worker-host/core';
import type { MemoryJob } from '../memory.js';
import { type MemoryConfiguration, MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, withContext, withRun } from './broken-worker.js';

/** A worker that changes the exit status. */
function ending(change: (exitCode: number, job: MemoryJob) => number) {
  return class extends MemoryWorker {
    protected override resultOf(job: MemoryJob, exitCode: number, relaunch: number) {
      return super.resultOf(job, change(exitCode, job), relaunch);
    }
  };
}

/** A worker that changes the facts about the end. */
function ends(change: (end: WorkerEnd) => WorkerEnd) {
  return class extends MemoryWorker {
    protected override resultOf(job: MemoryJob, exitCode: number, relaunch: number) {
      const { identifier, statusCode, end } = super.resultOf(job, exitCode, relaunch);
      return new WorkerResult(identifier, statusCode, end && change(end));
    }
  };
}

/** Workers that do not watch a job to its end, or report a wrong end. */
export const BROKEN_ENDS: readonly BrokenWorker[] = [
  {
    fault: 'reports the pid twice',
    rule: 'run: reports the pid once, and returns the same pid in the result',
    workerClass: withContext((context) => ({
      started: async (pid) => {
        await context.started(pid);
        await context.started(pid);
      },
    })),
  },
  {
    fault: 'returns another pid than it reported',
    rule: 'run: reports the pid once, and returns the same pid in the result',
    workerClass: withContext((context) => ({ started: (pid) => context.started(`pod-of-${pid}`) })),
  },
  {
    fault: 'reports every end as a failure',
    rule: 'run: reports success for exit status 0',
    workerClass: ending(() => 1),
  },
  {
    fault: 'reports every end as a success',
    rule: "run: reports the job's own exit status",
    workerClass: ending(() => 0),
  },
  {
    fault: 'reports every failure as status 1',
    rule: "run: reports the job's own exit status",
    workerClass: ending((exitCode) => Math.min(1, exitCode)),
  },
  {
    fault: 'reports different exit codes in the end and the result',
    rule: "run: reports the job's own exit status",
    workerClass: ends((end) => ({ ...end, exitCode: 0 })),
  },
  {
    fault: 'reports that a failed job never ran',
    rule: 'run: does not take a failed job for a failure of the infrastructure',
    workerClass: ends((end) => ({ ...end, userCodeRan: 'no' })),
  },
  {
    fault: 'requests another launch of a failed job',
    rule: 'run: does not take a failed job for a failure of the infrastructure',
    workerClass: ends((end) => ({ ...end, relaunchable: true })),
  },
  {
    fault: 'resolves before the job has ended',
    rule: 'run: watches the job until it has ended',
    workerClass: class extends MemoryWorker {
      protected override async watch(pid: string, context: RunContext) {
        return this.resultOf(this.jobOf(pid), 0, context.relaunch);
      }
    },
  },
  {
    fault: 'stores the job it watches in a shared field',
    rule: 'run: keeps concurrent runs apart',
    workerClass: class extends MemoryWorker {
      #pid = '';

      protected override async watch(pid: string, context: RunContext) {
        this.#pid = pid;
        await Promise.resolve();
        await Promise.resolve();
        return await super.watch(this.#pid, context);
      }
    },
  },
  {
    fault: 'always reports the first relaunch',
    rule: 'run: launches again for another relaunch, and reports its number',
    workerClass: class extends MemoryWorker {
      protected override resultOf(job: MemoryJob, exitCode: number) {
        return super.resultOf(job, exitCode, 0);
      }
    },
  },
  {
    fault: 'drops the environment',
    rule: 'run: passes the environment and the labels of the configuration to the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      return await run(flowRun, Object.assign(Object.create(configuration), { env: {} }), context);
    }),
  },
  {
    fault: 'drops the labels',
    rule: 'run: passes the environment and the labels of the configuration to the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      return await run(flowRun, Object.assign(Object.create(configuration), { labels: {} }), context);
    }),
  },
  {
    fault: 'rejects with its own error when the host stops watching',
    rule: "abort: rejects with the signal's own reason when the host stops watching",
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      try {
        return await run(flowRun, configuration, context);
      } catch (cause) {
        throw context.signal.aborted ? new Error('aborted', { cause }) : cause;
      }
    }),
  },
  {
    fault: 'stops the job when the host stops watching',
    rule: 'abort: leaves the job as it is when the host stops watching',
    workerClass: withContext((context, worker) => ({
      started: async (pid) => {
        const stop = () => void worker.killInfrastructure(pid, {} as MemoryConfiguration);
        context.signal.addEventListener('abort', stop);
        await context.started(pid);
      },
    })),
  },
  {
    fault: 'stops watching a cancelled job',
    rule: 'abort: watches a job that is cancelled after its launch until it has ended',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const cancelled = new Promise<never>((_resolve, reject) => {
        context.cancelled.addEventListener('abort', () => reject(context.cancelled.reason));
      });
      return await Promise.race([run(flowRun, configuration, context), cancelled]);
    }),
  },
];
