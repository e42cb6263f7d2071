import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type BaseJobConfiguration,
  type BaseWorker,
  type FlowRun,
  isWorkerError,
  type WorkerPlugin,
  type WorkerResult,
} from '@worker-host/core';
import { aFlowRun } from '../builders/nouns.js';
import { aRunContext, type RecordingRunContext, type RunContextOptions } from '../builders/run-context.js';
import { settle } from '../clock/fake-clock.js';
import type { ContractJob, ContractWorld, WorkerContractOptions } from './contract.js';

const MOST_STEPS = 200;
const STEP_MS = 25;

/** A call of `run` or `resume` that is under way. */
export interface Trial {
  readonly context: RecordingRunContext;
  readonly result: Promise<WorkerResult>;
  isSettled(): boolean;
}

/** What one area of the contract works with: its world, its workers, its runs. */
export class Area<C extends BaseJobConfiguration = BaseJobConfiguration> {
  readonly plugin: WorkerPlugin;
  readonly #options: WorkerContractOptions<C>;
  readonly #workers: BaseWorker<C>[] = [];
  #world: ContractWorld<C> | null = null;

  constructor(options: WorkerContractOptions<C>) {
    this.#options = options;
    this.plugin = options.plugin;
  }

  async begin(): Promise<void> {
    this.#world = await this.#options.arrange();
  }

  async end(): Promise<void> {
    for (const worker of this.#workers.splice(0)) await worker.teardown();
    await this.#world?.dispose();
    this.#world = null;
  }

  get world(): ContractWorld<C> {
    assert.ok(this.#world, 'The world of the contract is not arranged');
    return this.#world;
  }

  /** A worker that is set up. */
  async worker(): Promise<BaseWorker<C>> {
    const worker = this.world.createWorker();
    this.#workers.push(worker);
    await this.settled(worker.setup());
    return worker;
  }

  /** A run nobody has heard of yet. */
  flowRun(): FlowRun {
    return aFlowRun({ id: randomUUID() });
  }

  contextOf(flowRun: FlowRun, options: RunContextOptions = {}): RecordingRunContext {
    return aRunContext({ ...options, attempt: { flowRunId: flowRun.id, ...options.attempt } });
  }

  /** Begins a run of a job. */
  run(worker: BaseWorker<C>, flowRun: FlowRun, job: ContractJob, context = this.contextOf(flowRun)): Trial {
    return trialOf(context, worker.run(flowRun, this.world.configurationFor(job, flowRun.id), context));
  }

  /** Begins to watch a job anew. */
  resume(worker: BaseWorker<C>, pid: string, flowRun: FlowRun, context = this.contextOf(flowRun)): Trial {
    const configuration = this.world.configurationFor({ kind: 'held' }, flowRun.id);
    return trialOf(context, worker.resume(pid, flowRun, configuration, context));
  }

  /** Begins a held job; resolves with its pid once it exists. */
  async held(worker: BaseWorker<C>, flowRun: FlowRun): Promise<Trial & { readonly pid: string }> {
    const trial = this.run(worker, flowRun, { kind: 'held' });
    const existing = trial.context.until(({ startedPids }) => startedPids.length > 0);
    await this.settled(Promise.race([existing, trial.result]));
    const [pid] = trial.context.startedPids;
    assert.ok(pid !== undefined, 'run() settled without a call of context.started()');
    return { ...trial, pid };
  }

  /** What a promise comes to, while the world's time passes. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    const { letTimePass } = this.world;
    if (!letTimePass) return await promise;
    let isDone = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    for (await settle(); !isDone; await settle()) await letTimePass.call(this.world);
    return await done;
  }

  /** Whether a trial comes to its end while a bounded time passes. */
  async settlesSoon(trial: Trial): Promise<boolean> {
    const { letTimePass } = this.world;
    for (let step = 0; step < MOST_STEPS && !trial.isSettled(); step += 1) {
      await settle();
      await (letTimePass ? letTimePass.call(this.world) : new Promise((resolve) => setTimeout(resolve, STEP_MS)));
    }
    return trial.isSettled();
  }

  /** The reason a promise rejects with. */
  async reasonOf(promise: Promise<unknown>, what: string): Promise<unknown> {
    return await this.settled(
      promise.then(
        () => assert.fail(`${what} was expected to reject, but it resolved`),
        (reason: unknown) => reason,
      ),
    );
  }

  /** Asserts that a promise rejects with a WorkerError of one of the codes. */
  async rejectsWithCode(promise: Promise<unknown>, codes: readonly string[], what: string): Promise<void> {
    const reason = await this.reasonOf(promise, what);
    assert.ok(isWorkerError(reason), `${what} was expected to reject with a WorkerError, but rejected with ${reason}`);
    assert.ok(codes.includes(reason.code), `${what}: expected code ${codes.join(' or ')}, got ${reason.code}`);
  }
}

function trialOf(context: RecordingRunContext, result: Promise<WorkerResult>): Trial {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  result.then(settled, settled);
  return { context, result, isSettled: () => isSettled };
}
