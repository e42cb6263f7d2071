import { InfrastructureNotFound, type RunContext, WorkerResult } from '@worker-host/core';
import type { Memory, MemoryJob } from '../memory.js';
import { MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, changed, withContext, withMethod, withRun } from './broken-worker.js';

/** Workers that lose or duplicate something on a restart, or are torn down wrongly. */
export const BROKEN_RESTARTS: readonly BrokenWorker[] = [
  {
    fault: 'resumes the first job that it finds',
    rule: 'resume: watches a job of another worker to its end, without launching anything',
    workerClass: withMethod('resume', (resume, { memory }) => async (_pid, ...given) => {
      return await resume(memory.list('a-pool')[0]?.pid ?? '', ...given);
    }),
  },
  {
    fault: 'launches instead of resuming',
    rule: 'resume: watches a job of another worker to its end, without launching anything',
    workerClass: withMethod('resume', (resume, { memory, pool }) => async (pid, flowRun, configuration, context) => {
      const { env, labels } = configuration;
      const facts = { flowRunId: flowRun.id, attemptId: 'again', relaunch: 0, pool, env, labels };
      memory.launch(`${flowRun.id}/again`, { ...facts, job: { kind: 'held' } });
      return await resume(pid, flowRun, configuration, context);
    }),
  },
  {
    fault: 'reports every resumed job as a success',
    rule: 'resume: reports the exit status of a job that has ended meanwhile',
    workerClass: withMethod('resume', (resume) => async (...given) => {
      const { identifier, end } = await resume(...given);
      return new WorkerResult(identifier, 0, end);
    }),
  },
  {
    fault: 'does not find a job that has just ended',
    rule: 'resume: reports the exit status of a job that has ended meanwhile',
    workerClass: withMethod('resume', (resume, { memory }) => async (pid, ...given) => {
      const hasEnded = memory.find((job) => job.pid === pid && job.exitCode !== null);
      if (hasEnded) throw new InfrastructureNotFound(pid, 'it is not running');
      return await resume(pid, ...given);
    }),
  },
  {
    fault: 'remembers stopped jobs only in memory',
    rule: 'resume: reports that a job that was stopped meanwhile was stopped on request',
    workerClass: withMethod('resume', (resume) => async (...given) => {
      const { identifier, statusCode, end } = await resume(...given);
      return new WorkerResult(identifier, statusCode, end && { ...end, stopRequested: false });
    }),
  },
  {
    fault: 'rejects a resume with its own error when the host stops watching',
    rule: "resume: rejects with the signal's own reason when the host stops watching again",
    workerClass: withMethod('resume', (resume) => async (pid, flowRun, configuration, context) => {
      return await resume(pid, flowRun, configuration, context).catch((cause: unknown) => {
        throw context.signal.aborted ? new Error('aborted', { cause }) : cause;
      });
    }),
  },
  {
    fault: 'rejects the resume of a missing job with a plain error',
    rule: 'resume: rejects with INFRASTRUCTURE_NOT_FOUND for a job that never existed',
    workerClass: withMethod('resume', (resume) => async (pid, ...given) => {
      if (pid === 'job-0') throw new Error('no such job');
      return await resume(pid, ...given);
    }),
  },
  {
    fault: 'copies no output',
    rule: 'output: copies every line of the job once, in order, before it resolves',
    workerClass: withContext(() => ({ output: () => undefined })),
  },
  {
    fault: 'copies the output only after the job has ended',
    rule: 'output: copies every line of the job once, in order, before it resolves',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const kept: Parameters<RunContext['output']>[] = [];
      const output = (...given: Parameters<RunContext['output']>): void => void kept.push(given);
      const result = await run(flowRun, configuration, changed(context, { output }));
      for (const given of kept) context.output(...given);
      return result;
    }),
  },
  {
    fault: 'trims the lines',
    rule: 'output: copies every line of the job once, in order, before it resolves',
    workerClass: withContext((context) => ({
      output: (lines, cursor) =>
        context.output(
          lines.map((line) => ({ ...line, message: line.message.trim() })),
          cursor,
        ),
    })),
  },
  {
    fault: 'copies the output from the beginning after a restart',
    rule: 'output: continues the output at the cursor after a restart',
    workerClass: class extends MemoryWorker {
      protected override linesSeen(): number {
        return 0;
      }
    },
  },
  {
    fault: 'copies only output printed after a restart',
    rule: 'output: continues the output at the cursor after a restart',
    workerClass: withMethod('resume', (resume, { memory }) => async (pid, flowRun, configuration, context) => {
      const job = memory.find((each) => each.pid === pid);
      const outputCursor = String(job?.lines.length ?? 0);
      return await resume(pid, flowRun, configuration, changed(context, { outputCursor }));
    }),
  },
  {
    fault: 'treats an outage as the end of a job',
    rule: 'errors: does not take an outage for the end of a job',
    workerClass: class extends MemoryWorker {
      protected override described(pid: string): MemoryJob | null {
        const job = super.described(pid);
        if (job === null) throw new InfrastructureNotFound(pid, 'it cannot be seen');
        return job;
      }
    },
  },
  {
    fault: 'reports during an outage that a job does not exist',
    rule: 'errors: resume() reports nothing about a job during an outage',
    workerClass: withMethod('resume', (resume, { memory }) => async (pid, ...given) => {
      if (memory.failure !== null) throw new InfrastructureNotFound(pid, 'it cannot be seen');
      return await resume(pid, ...given);
    }),
  },
  {
    fault: 'cannot be torn down twice',
    rule: 'teardown: can be torn down twice',
    workerClass: class extends MemoryWorker {
      override async teardown(): Promise<void> {
        if (this.closing.signal.aborted) throw new Error('torn down already');
        await super.teardown();
      }
    },
  },
  {
    fault: 'cannot be torn down without a setup',
    rule: 'teardown: can be torn down without a setup',
    workerClass: class extends MemoryWorker {
      #isUp = false;

      override async setup(): Promise<void> {
        this.#isUp = true;
      }

      override async teardown(): Promise<void> {
        if (!this.#isUp) throw new Error('never set up');
        await super.teardown();
      }
    },
  },
  {
    fault: 'stops its jobs when it is torn down',
    rule: 'teardown: does not touch jobs when it is torn down',
    workerClass: class extends MemoryWorker {
      override async teardown(): Promise<void> {
        for (const job of this.memory.jobs.values()) job.exitCode ??= 143;
      }
    },
  },
  {
    fault: 'tears down all workers of the process',
    rule: 'teardown: does not affect other workers when it is torn down',
    workerClass: class extends MemoryWorker {
      static readonly open = new Map<Memory, Set<AbortController>>();

      override async setup(): Promise<void> {
        const { open } = this.constructor as unknown as { readonly open: Map<Memory, Set<AbortController>> };
        open.set(this.memory, (open.get(this.memory) ?? new Set()).add(this.closing));
      }

      override async teardown(): Promise<void> {
        const { open } = this.constructor as unknown as { readonly open: Map<Memory, Set<AbortController>> };
        for (const closing of open.get(this.memory) ?? []) closing.abort(new Error('The worker was torn down'));
      }
    },
  },
  {
    fault: 'keeps a timer after its teardown',
    rule: 'teardown: leaves no timer after its teardown',
    workerClass: withContext((context, worker) => ({
      started: async (pid) => {
        const poll = (): void => void (worker as MemoryWorker).memory.clock.sleep(500).then(poll);
        poll();
        await context.started(pid);
      },
    })),
  },
];
