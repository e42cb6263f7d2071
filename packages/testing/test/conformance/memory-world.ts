import { WorkerNotReadyError } from '@worker-host/core';
import { aFlowRun } from '../../src/builders/nouns.js';
import { aRunContext } from '../../src/builders/run-context.js';
import type { ContractWorld } from '../../src/conformance/contract.js';
import { Memory, OutageError } from './memory.js';
import { MemoryConfiguration, type MemoryWorker } from './memory-worker.js';

export type MemoryWorkerClass = new (memory: Memory, pool?: string) => MemoryWorker;

/**
 * A world of workers of one class, never more lenient than real infrastructure.
 *
 * @param classOfProcess the class as another process loads it, with its own memory. Default: the same.
 */
export function memoryWorld(
  workerClass: MemoryWorkerClass,
  classOfProcess: () => MemoryWorkerClass = () => workerClass,
): ContractWorld<MemoryConfiguration> {
  const memory = new Memory();
  const jobsOf = (flowRunId: string) => [...memory.jobs.values()].filter((job) => job.flowRunId === flowRunId);
  const lastOf = (flowRunId: string) => jobsOf(flowRunId).at(-1);
  const failing = (error: Error) => {
    memory.failure = error;
    return () => {
      memory.failure = null;
    };
  };
  const held = (): MemoryConfiguration => Object.assign(new MemoryConfiguration(), { job: { kind: 'held' as const } });
  return {
    createWorker: () => new workerClass(memory),
    createWorkerOfAnotherPool: () => new workerClass(memory, 'another-pool'),
    configurationFor: (job, flowRunId) =>
      Object.assign(new MemoryConfiguration(), { job, labels: { 'flow-run-id': flowRunId } }),
    brokenConfiguration: () => Object.assign(new MemoryConfiguration(), { job: 'broken' as const }),
    release: (flowRunId) => {
      for (const job of jobsOf(flowRunId)) job.exitCode ??= 0;
    },
    launchesOf: (flowRunId) => jobsOf(flowRunId).length,
    launchedWith: (flowRunId) => {
      const { env = {}, labels = {} } = lastOf(flowRunId) ?? {};
      return { env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? ''])), labels };
    },
    print: (flowRunId, lines) => void lastOf(flowRunId)?.lines.push(...lines),
    unknownPid: 'job-0',
    outage: () => failing(new OutageError('The memory cannot be reached')),
    withoutAccess: () => failing(new WorkerNotReadyError('memory', 'its key has expired')),
    withoutCapacity: () => {
      memory.hasCapacity = false;
      return () => {
        memory.hasCapacity = true;
      };
    },
    loseNextAnswer: () => {
      memory.losesNextAnswer = true;
    },
    ignoreNextStop: (flowRunId) => void memory.ignoredStops.add(flowRunId),
    slowStop: (flowRunId) => {
      memory.slowStops.add(flowRunId);
      return () => {
        memory.slowStops.delete(flowRunId);
        for (const job of jobsOf(flowRunId)) if (job.wasStopped) job.exitCode ??= 143;
      };
    },
    graceOf: (flowRunId) => memory.graces.get(flowRunId) ?? -1,
    launchElsewhere: async ({ flowRun, attemptId: id, relaunch, launchPlace }) => {
      const context = aRunContext({ attempt: { flowRunId: flowRun.id, id }, relaunch, launchPlace });
      const worker = new (classOfProcess())(memory);
      const run = worker.run(aFlowRun({ id: flowRun.id }), held(), context);
      await context.until(({ startedPids }) => startedPids.length > 0);
      context.stopWatching();
      await run.catch(() => undefined);
      return context.startedPids[0] ?? '';
    },
    letTimePass: () => memory.clock.advance(1_000),
    pendingSleeps: () => memory.clock.pendingSleeps.length,
    dispose: () => undefined,
  };
}
