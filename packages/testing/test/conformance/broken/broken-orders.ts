import { InfrastructureNotFound, InfrastructureStopUnconfirmed } from '@worker-host/core';
import { OutageError } from '../memory.js';
import { MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, withContext, withMethod } from './broken-worker.js';

/** Workers that do not stop, list or find jobs as requested. */
export const BROKEN_ORDERS: readonly BrokenWorker[] = [
  {
    fault: 'does not report that the stop was requested',
    rule: 'kill: stops a job, whose run then ends without success',
    workerClass: withMethod('killInfrastructure', (_kill, { memory }) => async (pid) => {
      const job = memory.find((each) => each.pid === pid);
      if (job) job.exitCode ??= 137;
    }),
  },
  {
    fault: 'reports a stopped job as a success',
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
    fault: 'resolves before the job stops',
    rule: 'kill: resolves only when the job stops, and stops it when the request is repeated',
    workerClass: withMethod('killInfrastructure', (kill) => async (...given) => {
      await kill(...given).catch((error: unknown) => {
        if (!(error instanceof InfrastructureStopUnconfirmed)) throw error;
      });
    }),
  },
  {
    fault: 'reports the end when the stop is requested',
    rule: 'kill: watches a job that stops slowly until it has ended, also when the stop is requested again',
    workerClass: class extends MemoryWorker {
      protected override described(pid: string) {
        const job = super.described(pid);
        return job?.wasStopped ? { ...job, exitCode: job.exitCode ?? 143 } : job;
      }
    },
  },
  {
    fault: 'does not find a job that is stopping',
    rule: 'kill: watches a job that stops slowly until it has ended, also when the stop is requested again',
    workerClass: withMethod('killInfrastructure', (kill, { memory }) => async (pid, ...given) => {
      const isStopping = memory.find((each) => each.pid === pid && each.wasStopped);
      if (isStopping) throw new InfrastructureNotFound(pid, 'it is stopping already');
      await kill(pid, ...given);
    }),
  },
  {
    fault: 'ignores the requested grace period',
    rule: 'kill: gives the job the requested grace period',
    workerClass: withMethod('killInfrastructure', (kill) => (pid, configuration) => kill(pid, configuration, 30)),
  },
  {
    fault: 'fails to stop a job that has ended',
    rule: 'kill: accepts a stop of a job that has ended',
    workerClass: withMethod('killInfrastructure', (kill, { memory }) => async (pid, ...given) => {
      const hasEnded = memory.find((each) => each.pid === pid && each.exitCode !== null);
      if (hasEnded) throw new OutageError('The job cannot be stopped');
      await kill(pid, ...given);
    }),
  },
  {
    fault: 'stops a job that does not exist silently',
    rule: 'kill: rejects with INFRASTRUCTURE_NOT_FOUND for a pid that never existed',
    workerClass: withMethod('killInfrastructure', (kill) => async (...given) => {
      await kill(...given).catch(() => undefined);
    }),
  },
  {
    fault: 'never reports that there is nothing to stop',
    rule: 'kill: rejects with INFRASTRUCTURE_NOT_FOUND for a pid that never existed',
    workerClass: withMethod('killInfrastructure', (kill) => async (pid, ...given) => {
      if (pid === 'job-0') throw new InfrastructureStopUnconfirmed(pid, 'unknown');
      await kill(pid, ...given);
    }),
  },
  {
    fault: 'ignores a stop during an outage silently',
    rule: 'errors: killInfrastructure() reports nothing about a job during an outage',
    workerClass: withMethod('killInfrastructure', (kill, { memory }) => async (...given) => {
      if (memory.failure === null) await kill(...given);
    }),
  },
  {
    fault: 'lists jobs that have ended',
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
    fault: 'does not find launched jobs',
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
    fault: 'searches each run in a place of its own',
    rule: 'list: searches launches with one configuration in one place',
    workerClass: withContext((context) => ({
      launching: (place, request) => context.launching({ ...place, run: context.attempt.flowRunId }, request),
    })),
  },
  {
    fault: 'lists nothing during an outage',
    rule: 'errors: listInfrastructure() reports nothing about a job during an outage',
    workerClass: withMethod(
      'listInfrastructure',
      (list) =>
        (...given) =>
          list(...given).catch(() => []),
    ),
  },
  {
    fault: 'finds nothing during an outage',
    rule: 'errors: findInfrastructure() reports nothing about a job during an outage',
    workerClass: withMethod(
      'findInfrastructure',
      (find) =>
        (...given) =>
          find(...given).catch(() => null),
    ),
  },
];
