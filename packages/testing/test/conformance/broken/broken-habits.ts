import { LaunchRefused, type RunContext, WorkerResult } from '@worker-host/core';
import type { MemoryJob } from '../memory.js';
import { MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, changed, withContext, withMethod, withRun } from './broken-worker.js';

const BLOCKED_MS = 2_200;
const secretOf = (env: Readonly<Record<string, string | null>>): string => env.CONTRACT_SECRET ?? '';

/** A worker that makes something else of its results. */
function resulting(change: (result: WorkerResult, job: MemoryJob) => WorkerResult) {
  return class extends MemoryWorker {
    protected override resultOf(job: MemoryJob, exitCode: number, relaunch: number) {
      return change(super.resultOf(job, exitCode, relaunch), job);
    }
  };
}

/** Workers that break a rule which holds whatever they do. */
export const BROKEN_HABITS: readonly BrokenWorker[] = [
  {
    fault: 'leaves a rejected promise unhandled',
    rule: 'always: handles every promise it makes',
    workerClass: withContext((context) => ({
      started: async (pid) => {
        void Promise.reject(new Error('nobody waits for it'));
        await context.started(pid);
      },
    })),
  },
  {
    fault: 'does not wait for the pid to be stored',
    rule: 'always: handles every promise it makes',
    workerClass: withContext((context) => ({
      started: async (pid) => {
        void context.started(pid);
      },
    })),
  },
  {
    fault: 'copies lines after it has settled',
    rule: 'always: calls nothing of the context once run() or resume() has settled',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const result = await run(flowRun, configuration, context);
      setImmediate(() => context.output([{ message: 'late', timestampMs: 0 }]));
      return result;
    }),
  },
  {
    fault: 'reports progress after it has settled',
    rule: 'always: calls nothing of the context once run() or resume() has settled',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      setTimeout(() => context.progress({ phase: 'running' }), 1).unref();
      try {
        return await run(flowRun, configuration, context);
      } finally {
        setImmediate(() => context.progress({ phase: 'running' }));
      }
    }),
  },
  {
    fault: 'puts something into the environment of the configuration',
    rule: 'always: leaves the configuration as it was given',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      configuration.env.RUN_ID = flowRun.id;
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'tells a secret in a refusal',
    rule: "always: keeps the job's secrets out of all texts",
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const { job, env } = configuration;
      if (job === 'broken') throw new LaunchRefused(`It cannot be launched with ${JSON.stringify(env)}`);
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'tells a secret in the cause of an error',
    rule: "always: keeps the job's secrets out of all texts",
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const cause = new Error(`sent ${secretOf(configuration.env)}`);
      if (configuration.job === 'broken') throw new LaunchRefused('It cannot be launched', { cause });
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'logs the request with its secrets',
    rule: "always: keeps the job's secrets out of all texts",
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      context.logger.debug('Sending the launch', { request: { env: configuration.env } });
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'stores a secret with the place',
    rule: "always: keeps the job's secrets out of all texts",
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const secret = secretOf(configuration.env);
      const launching: RunContext['launching'] = (place) => context.launching({ ...place, secret });
      return await run(flowRun, configuration, changed(context, { launching }));
    }),
  },
  {
    fault: 'stores a secret with the result',
    rule: "always: keeps the job's secrets out of all texts",
    workerClass: resulting((result, job) => {
      const { identifier, statusCode, end } = result;
      return new WorkerResult(identifier, statusCode, end && { ...end, logTail: [secretOf(job.env)] });
    }),
  },
  {
    fault: 'rejects with a text',
    rule: 'always: rejects with errors',
    workerClass: withMethod('killInfrastructure', (kill) => async (...given) => {
      await kill(...given).catch((error: unknown) => {
        throw String(error);
      });
    }),
  },
  {
    fault: 'goes back in its progress',
    rule: 'always: reports progress in order',
    workerClass: withContext((context) => ({
      progress: (progress) => {
        context.progress(progress);
        context.progress({ phase: 'provisioning' });
      },
      output: (...given) => {
        context.progress({ phase: 'running' });
        context.output(...given);
      },
    })),
  },
  {
    fault: 'reports a phase that does not exist',
    rule: 'always: reports progress in order',
    workerClass: withContext((context) => ({
      progress: () => context.progress({ phase: 'almost-there' as 'running' }),
    })),
  },
  {
    fault: 'results in half a status',
    rule: 'always: results in what a control plane can store',
    workerClass: resulting(({ identifier, end }) => new WorkerResult(identifier, 0.5, end)),
  },
  {
    fault: 'results in facts that are no JSON',
    rule: 'always: results in what a control plane can store',
    workerClass: resulting(({ identifier, statusCode, end }) => {
      return new WorkerResult(
        identifier,
        statusCode,
        end && { ...end, facts: { at: new Date() as unknown as string } },
      );
    }),
  },
  {
    fault: 'results in a phase of no length',
    rule: 'always: results in what a control plane can store',
    workerClass: resulting(({ identifier, statusCode, end }) => {
      return new WorkerResult(identifier, statusCode, end && { ...end, phasesSeconds: { run: Number.NaN } });
    }),
  },
  {
    fault: 'blocks the event loop',
    rule: 'always: does not block the event loop',
    workerClass: class extends MemoryWorker {
      static hasBlocked = false;

      override async prewarm(): Promise<void> {
        const blocking = this.constructor as unknown as { hasBlocked: boolean };
        if (blocking.hasBlocked) return;
        blocking.hasBlocked = true;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);
      }
    },
  },
];
