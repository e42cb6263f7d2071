import type { FlowRun, RunContext, WorkerResult } from '@worker-host/core';
import { aRunContext } from '../../../src/builders/run-context.js';
import type { Memory } from '../memory.js';
import { type MemoryConfiguration, MemoryWorker } from '../memory-worker.js';
import type { MemoryWorkerClass } from '../memory-world.js';

/** A deliberately broken worker, and the rule that must detect it. */
export interface BrokenWorker {
  readonly fault: string;
  readonly rule: string;
  readonly workerClass: MemoryWorkerClass;
  /** The class as another process loads it. Default: the same. */
  readonly classOfProcess?: () => MemoryWorkerClass;
}

export type Run = (flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext) => Promise<WorkerResult>;

/** A worker whose `run` is derived from that of the conforming worker. */
export function withRun(change: (worker: MemoryWorker, run: Run) => Run): MemoryWorkerClass {
  return class extends MemoryWorker {
    override run(flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext): Promise<WorkerResult> {
      return change(this, super.run.bind(this))(flowRun, configuration, context);
    }
  };
}

/** A worker whose `run` receives another context. */
export function withContext(
  change: (context: RunContext, worker: MemoryWorker) => Partial<RunContext>,
): MemoryWorkerClass {
  return withRun((worker, run) => async (flowRun, configuration, context) => {
    return await run(flowRun, configuration, changed(context, change(context, worker)));
  });
}

/** The context with some of its members replaced. */
export function changed(context: RunContext, over: Partial<RunContext>): RunContext {
  return new Proxy(context, {
    get: (target, name) => {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Returns a signal that is never aborted. */
export const { signal: never }: RunContext = aRunContext();

/** A worker with a method that is derived from that of the conforming worker. */
export function withMethod<Name extends 'resume' | 'killInfrastructure' | 'listInfrastructure' | 'findInfrastructure'>(
  name: Name,
  change: (method: MemoryWorker[Name], worker: MemoryWorker) => MemoryWorker[Name],
): MemoryWorkerClass {
  return class extends MemoryWorker {
    constructor(memory: Memory, pool?: string) {
      super(memory, pool);
      const sound = MemoryWorker.prototype[name].bind(this) as MemoryWorker[Name];
      Object.assign(this, { [name]: change(sound, this) });
    }
  };
}

let numbers = 0;

/** Returns another number on each call. */
export function nextNumber(): number {
  numbers += 1;
  return numbers;
}
