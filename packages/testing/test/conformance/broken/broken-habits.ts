import { LaunchRefused, type RunContext, WorkerResult } from '@worker-host/core';
import type { MemoryJob } from '../memory.js';
import { type MemoryConfiguration, MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, changed, withContext, withMethod, withRun } from './broken-worker.js';

const BLOCKED_MS = 2_200;
const secretOf = (env: Readonly<Record<string, string | null>>): string => env.CONTRACT_SECRET ?? '';

/** A worker that changes its results. */
function resulting(change: (result: WorkerResult, job: MemoryJob) => WorkerResult) {
  return class extends MemoryWorker {
    protected override resultOf(job: MemoryJob, exitCode: number, relaunch: number) {
      return change(super.resultOf(job, exitCode, relaunch), job);
    }
  };
}

/** Workers that break a standing rule. */
export const BROKEN_HABITS: readonly BrokenWorker[] = [
  {
    fault: 'leaves a rejected promise unhandled',
    rule: 'always: handles every promise it creates',
    workerClass: withContext((context) => ({
      started: async (pid) => {
        void Promise.reject(new Error('nobody waits for it'));
        await context.started(pid);
      },
    })),
  },
  {
    fault: 'does not wait for the pid to be stored',
    rule: 'always: handles every promise it creates',
    workerClass: withContext((context) => ({
      started: async (pid) => {
        void context.started(pid);
      },
    })),
  },
  {
    fault: 'copies lines after it has settled',
    rule: 'always: does not call the context after run() or resume() has settled',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const result = await run(flowRun, configuration, context);
      setImmediate(() => context.output([{ message: 'late', timestampMs: 0 }]));
      return result;
    }),
  },
  {
    fault: 'reports progress after it has settled',
    rule: 'always: does not call the context after run() or resume() has settled',
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
    fault: 'adds to the environment of the configuration',
    rule: 'always: does not change the configuration',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      configuration.env.RUN_ID = flowRun.id;
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'reveals a secret in a refusal',
    rule: 'always: reveals no secrets of the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const { job, env } = configuration;
      if (job === 'broken') throw new LaunchRefused(`It cannot be launched with ${JSON.stringify(env)}`);
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'reveals a secret in the cause of an error',
    rule: 'always: reveals no secrets of the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const cause = new Error(`sent ${secretOf(configuration.env)}`);
      if (configuration.job === 'broken') throw new LaunchRefused('It cannot be launched', { cause });
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'logs the request with its secrets',
    rule: 'always: reveals no secrets of the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      context.logger.debug('Sending the launch', { request: { env: configuration.env } });
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'stores a secret with the place',
    rule: 'always: reveals no secrets of the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const secret = secretOf(configuration.env);
      const launching: RunContext['launching'] = (place) => context.launching({ ...place, secret });
      return await run(flowRun, configuration, changed(context, { launching }));
    }),
  },
  {
    fault: 'stores a secret with the result',
    rule: 'always: reveals no secrets of the job',
    workerClass: resulting((result, job) => {
      const { identifier, statusCode, end } = result;
      return new WorkerResult(identifier, statusCode, end && { ...end, logTail: [secretOf(job.env)] });
    }),
  },
  {
    fault: 'rejects with a string',
    rule: 'always: rejects with errors',
    workerClass: withMethod('killInfrastructure', (kill) => async (...given) => {
      await kill(...given).catch((error: unknown) => {
        throw String(error);
      });
    }),
  },
  {
    fault: 'reports an earlier phase after a later one',
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
    fault: 'removes variables from the configuration of a stop',
    rule: 'always: does not change the configuration',
    workerClass: withMethod('killInfrastructure', (kill) => async (pid, configuration, grace) => {
      configuration.env = {};
      await kill(pid, configuration, grace);
    }),
  },
  {
    fault: "labels the pool's own configuration",
    rule: 'always: does not change the configuration',
    workerClass: class extends MemoryWorker {
      override async prewarm({ labels }: MemoryConfiguration): Promise<void> {
        labels.warm = 'yes';
      }
    },
  },
  {
    fault: 'reveals a secret in the stack of an error',
    rule: 'always: reveals no secrets of the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      return await run(flowRun, configuration, context).catch((error: Error) => {
        error.stack += secretOf(configuration.env);
        throw error;
      });
    }),
  },
  {
    fault: 'lists jobs with a secret',
    rule: 'always: reveals no secrets of the job',
    workerClass: class extends MemoryWorker {
      #secret = '';

      override async run(...given: Parameters<MemoryWorker['run']>): Promise<WorkerResult> {
        this.#secret = secretOf(given[1].env);
        return await super.run(...given);
      }

      override async listInfrastructure() {
        return (await super.listInfrastructure()).map((each) => ({ ...each, workPoolId: this.#secret }));
      }
    },
  },
  {
    fault: 'prints the jobs it launches',
    rule: 'always: reveals no secrets of the job',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      process.stderr.write(`${secretOf(configuration.env)}\u001b[2K\r`);
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: "sets a variable in the environment of the host's process",
    rule: 'always: does not change the process of the host',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      process.env.CONTRACT_RUN = flowRun.id;
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'handles signals of the process itself',
    rule: 'always: does not change the process of the host',
    workerClass: class extends MemoryWorker {
      override async setup(): Promise<void> {
        if (process.listenerCount('SIGHUP') === 0) process.on('SIGHUP', () => this.closing.abort());
      }
    },
  },
  {
    fault: 'passes a number as a cursor',
    rule: 'always: calls the context with valid arguments',
    workerClass: withContext((context) => ({
      output: (lines, cursor) => context.output(lines, Number(cursor) as unknown as string),
    })),
  },
  {
    fault: 'reports a pid that is too long',
    rule: 'always: calls the context with valid arguments',
    workerClass: withContext((context) => ({ started: (pid) => context.started(pid.padEnd(3_000)) })),
  },
  {
    fault: 'reports a wait without a beginning',
    rule: 'always: calls the context with valid arguments',
    workerClass: withContext((context) => ({
      progress: (progress) => context.progress({ ...progress, sinceMs: Number.NaN } as typeof progress),
    })),
  },
  {
    fault: 'returns a diagnosis that is a string',
    rule: 'always: returns a result that a control plane can store',
    workerClass: resulting(({ identifier, statusCode, end }) => {
      const diagnosis = 'it failed' as unknown as null;
      return new WorkerResult(identifier, statusCode, end && { ...end, diagnosis });
    }),
  },
  {
    fault: 'returns an end time that is a string',
    rule: 'always: returns a result that a control plane can store',
    workerClass: resulting(({ identifier, statusCode, end }) => {
      const endedAtMs = '2026-01-02' as unknown as number;
      return new WorkerResult(identifier, statusCode, end && { ...end, endedAtMs });
    }),
  },
  {
    fault: 'returns a fractional exit status',
    rule: 'always: returns a result that a control plane can store',
    workerClass: resulting(({ identifier, end }) => new WorkerResult(identifier, 0.5, end)),
  },
  {
    fault: 'returns facts that are not JSON',
    rule: 'always: returns a result that a control plane can store',
    workerClass: resulting(({ identifier, statusCode, end }) => {
      return new WorkerResult(
        identifier,
        statusCode,
        end && { ...end, facts: { at: new Date() as unknown as string } },
      );
    }),
  },
  {
    fault: 'returns a phase without a duration',
    rule: 'always: returns a result that a control plane can store',
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
