import { type FlowRun, isWorkerError, type LaunchPlace, LaunchRefused, type RunContext } from '@worker-host/core';
import { NoCapacityError, OutageError } from '../memory.js';
import { type MemoryConfiguration, MemoryWorker } from '../memory-worker.js';
import type { MemoryWorkerClass } from '../memory-world.js';
import { type BrokenWorker, changed, never, nextNumber, withContext, withRun } from './broken-worker.js';

/**
 * A worker that remembers only in memory which pid it launched under which name: the infrastructure is not idempotent.
 */
function rememberingInMemory(): MemoryWorkerClass {
  const known = new Map<string, string>();
  return class extends MemoryWorker {
    protected override keyOf(flowRun: FlowRun, context: RunContext): string {
      const key = super.keyOf(flowRun, context);
      if (!known.has(key)) known.set(key, `${key}/${nextNumber()}`);
      return known.get(key) ?? key;
    }
  };
}

/** Turns an error of a launch into a refusal. */
function refusing(isWanted: (error: unknown) => boolean): MemoryWorkerClass {
  return withRun((_worker, run) => async (flowRun, configuration, context) => {
    return await run(flowRun, configuration, context).catch((cause: unknown) => {
      throw isWanted(cause) ? new LaunchRefused('It cannot be launched', { cause }) : cause;
    });
  });
}

/** Workers that react wrongly to a kill, a failure or a wait. */
export const BROKEN_RECOVERIES: readonly BrokenWorker[] = [
  {
    fault: 'treats a missing place as a stored one',
    rule: 'adoption: launches once after an owner that was killed before it stored the place',
    workerClass: withRun((worker, run) => {
      return async (flowRun, configuration, context) => {
        const eager = async (place: LaunchPlace): Promise<void> => {
          const { job, env, labels } = configuration;
          const { attempt, relaunch } = context;
          const facts = { flowRunId: flowRun.id, attemptId: attempt.id, relaunch, pool: worker.pool, env, labels };
          if (job !== 'broken') worker.memory.launch(`eager/${flowRun.id}`, { ...facts, job });
          await context.launching(place);
        };
        return await run(flowRun, configuration, changed(context, { launching: eager }));
      };
    }),
  },
  {
    fault: 'ignores the stored place',
    rule: 'adoption: launches once, at the stored place, after an owner that was killed before it sent the launch',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const elsewhere = { memory: `place-${nextNumber()}` };
      const over = { launchPlace: null, launching: () => context.launching(elsewhere) };
      return await run(flowRun, configuration, changed(context, over));
    }),
  },
  {
    fault: 'gives up if an earlier owner may have launched but did not',
    rule: 'adoption: launches once, at the stored place, after an owner that was killed before it sent the launch',
    workerClass: withRun((worker, run) => async (flowRun, configuration, context) => {
      const isThere = worker.memory.find((job) => job.flowRunId === flowRun.id) !== null;
      if (context.mayHaveLaunched && !isThere) throw new LaunchRefused('It was launched and is gone');
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'finds only jobs whose pid is stored',
    rule: 'adoption: finds the job of an owner that was killed before the pid was stored',
    workerClass: class extends MemoryWorker {
      readonly #stored = new Set<string>();

      override async run(flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext) {
        const started = async (pid: string): Promise<void> => {
          await context.started(pid);
          this.#stored.add(flowRun.id);
        };
        return await super.run(flowRun, configuration, changed(context, { started }));
      }

      protected override keyOf(flowRun: FlowRun, context: RunContext): string {
        return `${super.keyOf(flowRun, context)}/${this.#stored.has(flowRun.id) || nextNumber()}`;
      }
    },
  },
  {
    fault: 'launches again if the job has ended',
    rule: 'adoption: finds the job of an owner that was killed after the job had ended, with its exit status',
    workerClass: class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, context: RunContext): string {
        const key = super.keyOf(flowRun, context);
        const hasEnded = this.memory.find((job, each) => each === key && job.exitCode !== null);
        return hasEnded ? `${key}/again` : key;
      }
    },
  },
  {
    fault: 'is idempotent only within a process',
    rule: 'adoption: finds the job of another process',
    workerClass: rememberingInMemory(),
    classOfProcess: rememberingInMemory,
  },
  {
    fault: 'treats a lost response as a refusal',
    rule: 'adoption: launches once although the response to the launch was lost',
    workerClass: refusing((error) => error instanceof OutageError && error.message.includes('lost')),
  },
  {
    fault: 'launches under another name after a lost response',
    rule: 'adoption: launches once although the response to the launch was lost',
    workerClass: class extends MemoryWorker {
      #tries = 0;

      protected override keyOf(flowRun: FlowRun, context: RunContext): string {
        this.#tries += 1;
        return `${super.keyOf(flowRun, context)}/${this.#tries}`;
      }
    },
  },
  {
    fault: 'refuses a launch for lack of capacity',
    rule: 'capacity: refuses no launch for lack of capacity, and launches once when capacity is available',
    workerClass: class extends MemoryWorker {
      protected override async pause(): Promise<void> {
        if (!this.memory.hasCapacity) throw new LaunchRefused('There is no room');
        await super.pause();
      }
    },
  },
  {
    fault: 'waits for capacity without reporting it',
    rule: 'capacity: reports since when it waits for capacity, and why',
    workerClass: withContext((context) => ({
      progress: (progress) => {
        if (progress.phase !== 'waiting-for-capacity') context.progress(progress);
      },
    })),
  },
  {
    fault: 'restarts the reported wait for capacity',
    rule: 'capacity: reports since when it waits for capacity, and why',
    workerClass: withContext((context) => ({
      progress: (progress) =>
        context.progress('sinceMs' in progress ? { ...progress, sinceMs: nextNumber() } : progress),
    })),
  },
  {
    fault: 'waits for capacity although the run is cancelled',
    rule: 'capacity: launches nothing for a run that is cancelled while it waits for capacity',
    workerClass: withContext((context) => ({ cancelled: context.cancelled.aborted ? context.cancelled : never })),
  },
  {
    fault: 'waits for capacity after the host has stopped watching',
    rule: 'capacity: launches nothing for a run that is not watched any more while it waits for capacity',
    workerClass: withContext((context) => ({ signal: context.signal.aborted ? context.signal : never })),
  },
  {
    fault: 'rejects an invalid configuration with an error that is not a refusal',
    rule: 'errors: rejects a configuration that cannot be launched with a LaunchRefused that has a code, and launches nothing',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      if (configuration.job === 'broken') throw new OutageError('It cannot be launched');
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'refuses a launch because of an outage',
    rule: 'errors: refuses no launch during an outage of the infrastructure, and launches once after it',
    workerClass: refusing((error) => error instanceof OutageError),
  },
  {
    fault: 'treats rejected credentials as a failed call',
    rule: 'errors: is not ready without access, refuses no launch meanwhile, and becomes ready again by itself',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      return await run(flowRun, configuration, context).catch((cause: unknown) => {
        const isRefused = isWorkerError(cause) && cause.code === 'WORKER_NOT_READY';
        throw isRefused ? new NoCapacityError('The call failed', { cause }) : cause;
      });
    }),
  },
  {
    fault: 'does not check its access',
    rule: 'errors: is not ready without access, refuses no launch meanwhile, and becomes ready again by itself',
    workerClass: class extends MemoryWorker {
      override async checkReady(): Promise<void> {}
    },
  },
];
