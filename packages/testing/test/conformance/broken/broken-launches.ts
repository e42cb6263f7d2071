import type { FlowRun, LaunchPlace, RunContext } from '@worker-host/core';
import { OutageError } from '../memory.js';
import { type MemoryConfiguration, MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, changed, never, nextNumber, withContext, withRun } from './broken-worker.js';

const launching = async (): Promise<void> => undefined;
/** Workers that launch when they must not, or under a wrong name. */
export const BROKEN_LAUNCHES: readonly BrokenWorker[] = [
  {
    fault: 'launches on every call',
    rule: 'launch: launches once for the same attempt and relaunch, called twice at the same time',
    workerClass: class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, context: RunContext): string {
        return `${super.keyOf(flowRun, context)}/${nextNumber()}`;
      }
    },
  },
  {
    fault: 'launches again after a restart',
    rule: 'launch: launches once for the same attempt and relaunch, called again after a restart',
    workerClass: class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, context: RunContext): string {
        return `${super.keyOf(flowRun, context)}/${context.mayHaveLaunched}`;
      }
    },
  },
  {
    fault: 'launches before the place is stored',
    rule: 'launch: stores the launch place before it launches',
    workerClass: withContext((context) => ({
      launching: async (place: LaunchPlace) => void context.launching(place).catch(() => undefined),
    })),
  },
  {
    fault: 'stores a place that is not JSON',
    rule: 'launch: stores the launch place before it launches',
    workerClass: withContext((context) => ({
      launching: (place: LaunchPlace) => context.launching({ ...place, at: new Date(0) as unknown as string }),
    })),
  },
  {
    fault: 'stores a place that is too long',
    rule: 'launch: stores the launch place before it launches',
    workerClass: withContext((context) => ({
      launching: (place: LaunchPlace) => context.launching({ ...place, request: 'x'.repeat(2_000) }),
    })),
  },
  {
    fault: 'launches although the place could not be stored',
    rule: 'launch: launches nothing if storing the place fails, and rejects with the same reason',
    workerClass: withContext((context) => ({
      launching: (place: LaunchPlace) => context.launching(place).catch(() => undefined),
    })),
  },
  {
    fault: 'launches although another worker may own the run',
    rule: 'launch: launches nothing once another worker may own the run, and rejects with the reason',
    workerClass: withContext(() => ({ assertOwned: () => undefined })),
  },
  {
    fault: 'checks the ownership before it stores the place',
    rule: 'launch: launches nothing once another worker may own the run, and rejects with the reason',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      context.assertOwned();
      return await run(flowRun, configuration, changed(context, { assertOwned: () => undefined }));
    }),
  },
  {
    fault: 'launches although the host has stopped watching',
    rule: 'launch: launches nothing when the host stops watching while the place is stored',
    workerClass: withContext((context) => ({
      launching: (place: LaunchPlace) =>
        context.launching(place).catch((error: unknown) => {
          if (!context.signal.aborted) throw error;
        }),
    })),
  },
  {
    fault: 'launches although the run was cancelled',
    rule: 'launch: launches nothing when the host cancels the run while the place is stored',
    workerClass: withContext((context) => ({
      launching: (place: LaunchPlace) =>
        context.launching(place).catch((error: unknown) => {
          if (!context.cancelled.aborted) throw error;
        }),
    })),
  },
  {
    fault: 'stops a job whose pid cannot be stored',
    rule: 'launch: does not touch the job if storing its pid fails, and if it rejects, then with that reason',
    workerClass: withContext((context, worker) => ({
      started: async (pid: string) => {
        await context.started(pid).catch(async (error: unknown) => {
          await worker.killInfrastructure(pid, {} as MemoryConfiguration);
          throw error;
        });
      },
    })),
  },
  {
    fault: 'rejects with its own error if the pid cannot be stored',
    rule: 'launch: does not touch the job if storing its pid fails, and if it rejects, then with that reason',
    workerClass: withContext((context) => ({
      started: (pid: string) =>
        context.started(pid).catch((cause: unknown) => {
          throw new OutageError('The pid is not stored', { cause });
        }),
    })),
  },
  {
    fault: 'launches after the host has stopped watching',
    rule: 'abort: launches nothing when the signal is already aborted',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      if (context.signal.aborted) await run(flowRun, configuration, changed(context, { signal: never, launching }));
      return await run(flowRun, configuration, context);
    }),
  },
  {
    fault: 'launches cancelled runs',
    rule: 'abort: launches nothing for a run that is already cancelled, and rejects with that reason',
    workerClass: withContext(() => ({ cancelled: never, launching })),
  },
  {
    fault: 'treats a relaunch as the first launch',
    rule: 'run: launches again for another relaunch, and reports its number',
    workerClass: class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, { attempt }: RunContext): string {
        return `${flowRun.id}/${attempt.id}`;
      }
    },
  },
  {
    fault: "treats every attempt as the run's first",
    rule: 'run: launches again for another attempt',
    workerClass: class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, { relaunch }: RunContext): string {
        return `${flowRun.id}/${relaunch}`;
      }
    },
  },
  {
    fault: 'launches a failed job again by itself',
    rule: 'run: launches a job that failed only once',
    workerClass: withRun((_worker, run) => async (flowRun, configuration, context) => {
      const result = await run(flowRun, configuration, context);
      if (result.isSuccess) return result;
      return await run(flowRun, configuration, changed(context, { relaunch: context.relaunch + 10 }));
    }),
  },
];
