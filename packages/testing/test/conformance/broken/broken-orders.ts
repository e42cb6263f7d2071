import { InfrastructureNotFound, InfrastructureStopUnconfirmed } from '@worker-host/core';
import { OutageError } from '../memory.js';
import { MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, withMethod } from './broken-worker.js';

/** Workers that do not stop, or find, what they are told to. */
export const BROKEN_ORDERS: readonly BrokenWorker[] = [
  {
    fault: 'forgets that the end was asked for',
    rule: 'kill: stops a job, whose run then ends without success',
    workerClass: withMethod('killInfrastructure', (_kill, { memory }) => async (pid) => {
      const job = memory.find((each) => each.pid === pid);
      if (job) job.exitCode ??= 137;
    }),
  },
  {
    fault: 'takes a stopped job for a success',
    rule: 'kill: stops a job that another worker launched',
    workerClass: withMethod('killInfrastructure', (_kill, { memory }) => async (pid) => {
      const job = memory.find((each) => each.pid === pid);
      if (job) Object.assign(job, { exitCode: 0, wasStopped: true });
    }),
  },
  {
    fault: 'stops all jobs',
    rule: 'kill: stops only the given job',
    workerClass: withMethod('killInfrastructure', (kill, { memory }) => async (pid, ...given) => {
      await kill(pid, ...given);
      for (const job of memory.jobs.values()) job.exitCode ??= 137;
    }),
  },
  {
    fault: 'takes an order to stop for the stop',
    rule: 'kill: resolves only when the job stops, and stops it when the request is repeated',
    workerClass: withMethod('killInfrastructure', (kill) => async (...given) => {
      await kill(...given).catch((error: unknown) => {
        if (!(error instanceof InfrastructureStopUnconfirmed)) throw error;
      });
    }),
  },
  {
    fault: 'takes a job that is ordered to stop for ended',
    rule: 'kill: watches a job that stops slowly until it has ended, also when the stop is requested again',
    workerClass: class extends MemoryWorker {
      protected override described(pid: string) {
        const job = super.described(pid);
        return job?.wasStopped ? { ...job, exitCode: job.exitCode ?? 143 } : job;
      }
    },
  },
  {
    fault: 'knows a job no longer that is stopping',
    rule: 'kill: watches a job that stops slowly until it has ended, also when the stop is requested again',
    workerClass: withMethod('killInfrastructure', (kill, { memory }) => async (pid, ...given) => {
      const isStopping = memory.find((each) => each.pid === pid && each.wasStopped);
      if (isStopping) throw new InfrastructureNotFound(pid, 'it is stopping already');
      await kill(pid, ...given);
    }),
  },
  {
    fault: 'gives every job the same grace',
    rule: 'kill: gives the job the requested grace period',
    workerClass: withMethod('killInfrastructure', (kill) => (pid, configuration) => kill(pid, configuration, 30)),
  },
  {
    fault: 'fails to stop what has ended',
    rule: 'kill: accepts a stop of a job that has ended',
    workerClass: withMethod('killInfrastructure', (kill, { memory }) => async (pid, ...given) => {
      const hasEnded = memory.find((each) => each.pid === pid && each.exitCode !== null);
      if (hasEnded) throw new OutageError('The job cannot be stopped');
      await kill(pid, ...given);
    }),
  },
  {
    fault: 'stops what is not there without a word',
    rule: 'kill: rejects with INFRASTRUCTURE_NOT_FOUND for a pid that never existed',
    workerClass: withMethod('killInfrastructure', (kill) => async (...given) => {
      await kill(...given).catch(() => undefined);
    }),
  },
  {
    fault: 'never says that there is nothing to stop',
    rule: 'kill: rejects with INFRASTRUCTURE_NOT_FOUND for a pid that never existed',
    workerClass: withMethod('killInfrastructure', (kill) => async (pid, ...given) => {
      if (pid === 'job-0') throw new InfrastructureStopUnconfirmed(pid, 'unknown');
      await kill(pid, ...given);
    }),
  },
  {
    fault: 'stops nothing in an outage without a word',
    rule: 'errors: killInfrastructure() reports nothing about a job during an outage',
    workerClass: withMethod('killInfrastructure', (kill, { memory }) => async (...given) => {
      if (memory.failure === null) await kill(...given);
    }),
  },
  {
    fault: 'lists what has ended',
    rule: 'list: lists a job with its run and attempt until it has ended',
    workerClass: withMethod('listInfrastructure', (_list, { memory }) => async () => {
      const all = [...memory.jobs.values()];
      return all.map(({ pid, flowRunId, attemptId }) => ({ infrastructurePid: pid, flowRunId, attemptId }));
    }),
  },
  {
    fault: 'lists jobs with the attempt of another',
    rule: 'list: lists a job with its run and attempt until it has ended',
    workerClass: withMethod('listInfrastructure', (list) => async (...given) => {
      return (await list(...given)).map((each) => ({ ...each, attemptId: 'attempt-9' }));
    }),
  },
  {
    fault: 'lists the jobs of all pools',
    rule: 'list: does not list jobs of another pool',
    workerClass: withMethod('listInfrastructure', (_list, { memory }) => async () => {
      const alive = [...memory.list('a-pool'), ...memory.list('another-pool')];
      return alive.map(({ pid, flowRunId, attemptId }) => ({ infrastructurePid: pid, flowRunId, attemptId }));
    }),
  },
  {
    fault: 'does not find what was launched',
    rule: 'list: finds the job of a launch whose pid was never stored, and none for a launch that was never sent',
    workerClass: withMethod('findInfrastructure', () => async () => null),
  },
  {
    fault: "finds any attempt's job",
    rule: 'list: finds the job of a launch whose pid was never stored, and none for a launch that was never sent',
    workerClass: withMethod('findInfrastructure', (_find, { memory }) => async ({ attempt }) => {
      return memory.find(({ flowRunId }) => flowRunId === attempt.flowRunId)?.pid ?? null;
    }),
  },
  {
    fault: 'finds the ended job of an earlier relaunch',
    rule: 'list: finds the job of a launch whose pid was never stored, and none for a launch that was never sent',
    workerClass: withMethod('findInfrastructure', (find) => async (launch) => {
      return await find({ ...launch, relaunch: 0 });
    }),
  },
  {
    fault: 'lists nothing in an outage',
    rule: 'errors: listInfrastructure() reports nothing about a job during an outage',
    workerClass: withMethod(
      'listInfrastructure',
      (list) =>
        (...given) =>
          list(...given).catch(() => []),
    ),
  },
  {
    fault: 'finds nothing in an outage',
    rule: 'errors: findInfrastructure() reports nothing about a job during an outage',
    workerClass: withMethod(
      'findInfrastructure',
      (find) =>
        (...given) =>
          find(...given).catch(() => null),
    ),
  },
];
