import type { BaseJobConfiguration, Clock, Orchestrator, WorkerResult } from '@worker-host/core';
import { inject, Lifecycle, scoped } from 'tsyringe';
import { hasCode, isUnauthorized, isUnavailable } from '../failure.js';
import { GuardedWorker } from '../guarded-worker.js';
import { LazyAbortController } from '../lazy-abort-controller.js';
import { LazySignal } from '../lazy-signal.js';
import type { RunObserver } from '../run-observer.js';
import { HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { LaunchContexts } from './launch-context.js';
import { OutputTails } from './output-tails.js';
import { RunConfigurations } from './run-configuration.js';
import type { StateDecision } from './run-decisions.js';
import type { RunRecord } from './run-record.js';
import { RunReporter } from './run-reporter.js';
import type { RunEvent, RunStep } from './run-state.js';
import { RUN_TOKENS } from './run-tokens.js';
import { RunWrites } from './run-writes.js';

/** Aborted when another step starts or the run is finished here. Its signal is created when it is read. */
export type StepOver = Pick<AbortController, 'signal'>;

/** Executes the steps of a run, each of which ends in one event or in an error that the caller classifies. */
@scoped(Lifecycle.ContainerScoped)
export class RunSteps {
  readonly #claimGranted = new LazySignal();
  #isEndStored = false;
  #tail: Promise<void> | null = null;

  constructor(
    @inject(RUN_TOKENS.Record) private readonly run: RunRecord,
    @inject(RunWrites) private readonly writes: RunWrites,
    @inject(LaunchContexts) private readonly contexts: LaunchContexts,
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(RunReporter) private readonly reporter: RunReporter,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(OutputTails) private readonly tails: OutputTails,
    @inject(HOST_TOKENS.RunObserver) private readonly observer: RunObserver,
  ) {}

  /** Resolves when the claim was granted, or will not be. */
  get claimed(): Promise<void> {
    return this.#claimGranted.promise;
  }

  /** The run is finished here. */
  endClaim(): void {
    this.#claimGranted.resolve();
  }

  /** @param over aborted when another step starts or the run is finished here. */
  do(step: Exclude<RunStep, 'report'>, serial: number, over: StepOver): Promise<RunEvent> {
    switch (step) {
      case 'claim':
        return this.#claim(serial, over.signal);
      case 'render':
        return this.#render(serial);
      case 'find':
        return this.#find(serial);
      case 'launch':
        return this.#launch(serial);
      case 'watch':
        return this.#watch(serial);
      case 'read':
        return this.#read(serial);
    }
  }

  async report(serial: number, decision: StateDecision, over: StepOver): Promise<RunEvent> {
    const { run, writes } = this;
    const { conclusion } = run.state;
    // Intermediate states precede the end; if the host proposes none, the end need not wait.
    if (this.orchestrator.hostReportsStates) await writes.statesProposed;
    await writes.stopOrdered;
    // The lease of a final run has ended with it: there is nothing to release.
    const isOver = decision.kind === 'leave' && decision.isOver;
    if (!isOver) await run.confirmLease();
    const result = conclusion?.because === 'ended' ? conclusion.result : null;
    if (result !== null) {
      // Who follows the run on the embedded pool reads its log until it is final.
      if (this.orchestrator.hostReportsStates) await this.#writeTail(result);
      await this.#storeEnd(result, isOver);
    }
    await this.reporter.apply(run, decision, over.signal);
    if (result !== null) this.reporter.executed(run, result);
    this.observer.reported(run.id, result);
    run.reported.resolve();
    if (result !== null) void this.#writeTail(result);
    return { type: 'reported', serial };
  }

  /** Resolves when the last lines of the job's output are logged, or are not. Null: there is nothing to read. */
  get tailWritten(): Promise<void> | null {
    return this.#tail;
  }

  async #claim(serial: number, signal: AbortSignal): Promise<RunEvent> {
    const { run } = this;
    const answer = await this.orchestrator.claim(run.flowRun, { resources: run.own.resources, signal });
    if (!answer.claimed) return { type: 'refused', serial, reason: answer.reason };
    run.lease = answer.lease;
    this.#claimGranted.resolve();
    // The host has stopped: nothing was launched, and the next worker can take the run.
    if (run.state.outcome !== null) await answer.lease.release('worker-stopping');
    else run.logger.info(`Worker '${this.settings.workerName}' claimed the run`);
    return { type: 'claimed', serial };
  }

  async #render(serial: number): Promise<RunEvent> {
    const { run, configurations } = this;
    const { flowRun, own } = run;
    const { configuration, deployment, flow } =
      run.state.rendering === 'launch'
        ? await configurations.render(flowRun, own.secrets, run.trace?.jobEnvironment)
        : await configurations.renderForStopping(flowRun, own.secrets);
    Object.assign(run, { configuration, deployment, flow });
    return { type: 'rendered', serial };
  }

  async #find(serial: number): Promise<RunEvent> {
    const { relaunch, launchPlace: place } = this.run.state;
    const infrastructurePid = this.worker.capabilities.canList
      ? await this.worker.findInfrastructure(
          { attempt: this.run.lease.attempt, relaunch, place },
          await this.#configuration(),
        )
      : null;
    return { type: 'found', serial, infrastructurePid };
  }

  async #launch(serial: number): Promise<RunEvent> {
    const { run } = this;
    // A late state could overwrite one that the job reports itself.
    await this.writes.statesProposed;
    run.permit = new LazyAbortController();
    run.cancelled.throwIfAborted();
    await run.confirmLease();
    const configuration = await this.#configuration();
    return this.#ended(serial, this.worker.run(run.flowRun, configuration, this.contexts.create(serial)));
  }

  #watch(serial: number): Promise<RunEvent> {
    const { run } = this;
    const { infrastructurePid } = run.state;
    if (infrastructurePid === null) return Promise.reject(new Error('A run is watched before it is launched'));
    const resume = (configuration: BaseJobConfiguration): Promise<RunEvent> => {
      const context = this.contexts.create(serial);
      return this.#ended(serial, this.worker.resume(infrastructurePid, run.flowRun, configuration, context));
    };
    // Each further promise would take memory as long as the job runs.
    return run.configuration === null ? this.configurations.poolDefault().then(resume) : resume(run.configuration);
  }

  async #read(serial: number): Promise<RunEvent> {
    return { type: 'read', serial, flowRun: await this.reporter.read(this.run.id) };
  }

  /** Not an async function: its frame would take memory as long as the job runs. */
  #ended(serial: number, ended: Promise<WorkerResult>): Promise<RunEvent> {
    return ended.then((result) => ({ type: 'ended', serial, result, nowMs: this.clock.nowMs() }));
  }

  async #configuration(): Promise<BaseJobConfiguration> {
    return this.run.configuration ?? (await this.configurations.poolDefault());
  }

  /** Executed once, however often the report is retried. */
  async #writeTail(result: WorkerResult): Promise<void> {
    if (typeof result.end?.logTail !== 'function') return;
    this.#tail ??= this.tails.write(this.run, result.end.logTail);
    await this.#tail;
  }

  /** Executed once, however often the report is retried. */
  async #storeEnd(result: WorkerResult, isOver: boolean): Promise<void> {
    if (this.#isEndStored) return;
    try {
      await this.reporter.storeEnd(this.run, result);
    } catch (error) {
      const isLost = hasCode(error, 'LEASE_LOST');
      if (isUnavailable(error) || isUnauthorized(error) || (isLost && !isOver)) throw error;
      if (!isLost) this.run.logger.warn('Storing the result of the run failed', { error });
    }
    this.#isEndStored = true;
  }
}
