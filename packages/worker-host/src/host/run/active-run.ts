import type {
  BaseJobConfiguration,
  Clock,
  InterruptedRun,
  LaunchPlace,
  Logger,
  Meter,
  Orchestrator,
} from '@worker-host/core';
import { inject, Lifecycle, scoped } from 'tsyringe';
import { kindOfFailure } from '../failure.js';
import { GuardedWorker } from '../guarded-worker.js';
import { LazyAbortController } from '../lazy-abort-controller.js';
import { Readiness } from '../readiness.js';
import { type RetryPolicy, retryMs } from '../retry.js';
import { type FatalHandler, HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { errorText } from './run-errors.js';
import { beginDue, beginResumed, next } from './run-machine.js';
import type { OwnRun, RunRecord } from './run-record.js';
import { RunReporter } from './run-reporter.js';
import type { Conclusion, RunEffect, RunEvent, RunOutcome, RunPolicy, RunStep, Transition } from './run-state.js';
import { RunSteps, type StepOver } from './run-steps.js';
import { RunTimes } from './run-times.js';
import { RUN_TOKENS, type RunStatus } from './run-tokens.js';
import { RunWrites } from './run-writes.js';
import { STEP_NAMES } from './step-names.js';

/** Shared, because each new one would capture a stack. */
const STEP_OVER = new Error('Another step has begun');

/** Steps in which the run ends here if its lease is no longer held. */
const GUARDED_STEPS: readonly (RunStep | null)[] = ['render', 'find', 'launch', 'watch'];

/** An active run of this worker: executes what {@link next} decides, and sends it events. Decides nothing itself. */
@scoped(Lifecycle.ContainerScoped)
export class ActiveRun {
  readonly #policy: RunPolicy;
  #stepControl = new LazyAbortController();
  #releasing: Promise<void> | null = null;
  #finish: (outcome: RunOutcome) => void = () => {};

  /** Resolves with the outcome when the worker has finished the run. */
  readonly finished = new Promise<RunOutcome>((resolve) => {
    this.#finish = resolve;
  });

  constructor(
    @inject(RUN_TOKENS.Record) private readonly run: RunRecord,
    @inject(RunSteps) private readonly steps: RunSteps,
    @inject(RunWrites) private readonly writes: RunWrites,
    @inject(RunReporter) private readonly reporter: RunReporter,
    @inject(Readiness) private readonly readiness: Readiness,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Meter) private readonly meter: Meter,
    @inject(HOST_TOKENS.RetryPolicy) private readonly retryPolicy: RetryPolicy,
    @inject(HOST_TOKENS.OnFatal) private readonly onFatal: FatalHandler,
    @inject(HOST_TOKENS.Orchestrator) { hostReportsStates }: Orchestrator,
    @inject(HOST_TOKENS.Settings) { relaunchLimit, deathLimit }: WorkerHostSettings,
    @inject(GuardedWorker) { capabilities }: GuardedWorker,
  ) {
    this.#policy = { hostReportsStates, relaunchLimit, deathLimit, canResume: capabilities.canResume };
    run.send = (event) => this.#send(event);
  }

  get id(): string {
    return this.run.id;
  }

  /** What it brought along. */
  get own(): OwnRun {
    return this.run.own;
  }

  get flowRun() {
    return this.run.flowRun;
  }

  get logger(): Logger {
    return this.run.logger;
  }

  get configuration(): BaseJobConfiguration | null {
    return this.run.configuration;
  }

  get isOwned(): boolean {
    return this.run.isOwned;
  }

  get infrastructurePid(): string | null {
    return this.run.state.infrastructurePid;
  }

  get launchPlace(): LaunchPlace | null {
    return this.run.state.launchPlace;
  }

  /** Resolves when the claim was granted, or the run is finished. */
  get claimed(): Promise<void> {
    return this.steps.claimed;
  }

  /** Resolves when another worker could find the infrastructure by the stored data. */
  get handedOver(): Promise<void> {
    return this.writes.handedOver;
  }

  /** See {@link RunSteps.tailWritten}. */
  get tailWritten() {
    return this.steps.tailWritten;
  }

  get status(): RunStatus {
    const { flowRun, own, progress, state } = this.run;
    const { phase, infrastructurePid, cancelCause, relaunch, failures } = state;
    return {
      flowRunId: flowRun.id,
      name: flowRun.name,
      phase,
      sinceMs: own.sinceMs,
      infrastructurePid,
      isCancelling: cancelCause !== null,
      relaunches: relaunch,
      progress,
      failures,
    };
  }

  /** Claims and executes the run. */
  begin(): void {
    this.run.times = new RunTimes(this.run, this.clock, this.meter);
    this.#apply(beginDue());
  }

  /** Resumes a run of an earlier owner. */
  resume({ lease, flowRun, infrastructurePid, launch, outputCursor, deaths }: InterruptedRun): void {
    const { run } = this;
    run.lease = lease;
    run.outputCursor = outputCursor;
    if (infrastructurePid !== null) this.writes.markHandedOver();
    const cancelCause = flowRun.stateType === 'CANCELLING' ? 'ordered' : null;
    const { relaunch = 0, place: launchPlace = null } = launch ?? {};
    this.#apply(beginResumed({ cancelCause, relaunch, launchPlace, infrastructurePid, deaths }, this.#policy));
  }

  /** Cancels the run in any step. Safe to call twice. */
  cancel(cause: Extract<RunEvent, { readonly type: 'cancel' }>['cause']): void {
    this.#send({ type: 'cancel', cause });
  }

  /** The host releases its runs: a claim that is granted later is released. */
  drain(): void {
    this.#send({ type: 'drain' });
  }

  /** Stops watching the run and releases it; its infrastructure continues. */
  stop(): void {
    this.#send({ type: 'stop' });
  }

  /** Ends the run here where its lease was seen to be lost. */
  checkLease(): void {
    const { run } = this;
    if (run.isOwned && !run.lease.isHeld && GUARDED_STEPS.includes(run.state.step))
      this.#send({ type: 'lease-lost', message: 'the lease is no longer held' });
  }

  #send(event: RunEvent): void {
    this.#apply(next(this.run.state, event, this.#policy), event);
  }

  #apply(transition: Transition, event: RunEvent | null = null): void {
    this.run.trace?.moved(event, transition);
    this.run.state = transition.state;
    for (const effect of transition.effects) this.#perform(effect);
  }

  #perform(effect: RunEffect): void {
    const { run, writes } = this;
    switch (effect.do) {
      case 'step': {
        const { step, serial } = effect;
        if (step !== 'report') this.#step(step, serial, (over) => this.steps.do(step, serial, over));
        return;
      }
      case 'report':
        this.#step('report', effect.serial, (over) => this.steps.report(effect.serial, effect.decision, over));
        return;
      case 'retry':
        void this.#wait(effect.serial, effect.failures);
        return;
      case 'label':
        writes.label();
        return;
      case 'announce':
        run.submittedEventId = this.reporter.submitted(run);
        writes.propose({ type: 'PENDING', name: 'Submitting', isOptional: true });
        return;
      case 'forbid-launch':
        run.forbidLaunch();
        return;
      case 'store-pid':
        writes.storePid(effect.infrastructurePid);
        return;
      case 'stop-infrastructure':
        writes.stopInfrastructure(effect.infrastructurePid);
        return;
      case 'end-infrastructure':
        run.infrastructureEnded.abort(STEP_OVER);
        return;
      case 'conclude':
        this.#logConclusion(effect.conclusion);
        return;
      case 'relaunch':
        this.#beginRelaunch(effect);
        return;
      case 'not-ready':
        this.readiness.fail(effect.message);
        return;
      case 'fatal':
        this.onFatal(run.lastError);
        return;
      case 'release':
        if (run.isOwned) this.#releasing = run.lease.release(effect.reason);
        return;
      case 'finish':
        void this.#finished(effect.outcome);
    }
  }

  /** Executes a step and sends the event in which it ends. Starting a step ends the delay of the previous one. */
  #step(step: RunStep, serial: number, work: (over: StepOver) => Promise<RunEvent>): void {
    work(this.#beginStep()).then(
      (event) => this.#ended(step, serial, event),
      (error: unknown) => this.#failed(serial, error),
    );
  }

  #ended(step: RunStep, serial: number, event: RunEvent): void {
    try {
      const { failures, serial: present } = this.run.state;
      if (failures > 0 && serial === present)
        this.logger.info(`${STEP_NAMES[step]} succeeded after ${failures} ${failures === 1 ? 'retry' : 'retries'}`);
      this.#send(event);
    } catch (error) {
      this.#failed(serial, error);
    }
  }

  #beginStep(): LazyAbortController {
    this.#stepControl.abort(STEP_OVER);
    this.#stepControl = new LazyAbortController();
    return this.#stepControl;
  }

  async #wait(serial: number, failures: number): Promise<void> {
    // Aborted: another step has started, and the event is stale.
    await this.clock.sleep(retryMs(this.retryPolicy, failures, this.clock), this.#beginStep().signal).catch(() => {});
    this.#send({ type: 'waited', serial });
  }

  #failed(serial: number, error: unknown): void {
    const { run } = this;
    const { step, serial: present, failures } = run.state;
    if (step === null || serial !== present) return;
    run.lastError = error;
    const facts = { kind: kindOfFailure(error, step), message: errorText(error), nowMs: this.clock.nowMs() };
    this.#send({ type: 'failed', serial, ...facts });
    if (!run.state.isWaiting) return;
    if (failures === 0) run.logger.error(`${STEP_NAMES[step]} failed; retrying`, { error });
    else run.logger.debug(`${STEP_NAMES[step]} failed again`, { failures, error });
  }

  #beginRelaunch({ relaunch, result }: Extract<RunEffect, { readonly do: 'relaunch' }>): void {
    const { run } = this;
    run.infrastructureEnded = new LazyAbortController();
    run.reported.supersede();
    run.progress = null;
    this.meter.count('worker_host_relaunches_total');
    const why = result.end?.diagnosis?.summary ?? 'The infrastructure failed';
    this.logger.warn(`Launching again (${relaunch} of ${this.#policy.relaunchLimit}): ${why}`);
  }

  #logConclusion(conclusion: Conclusion): void {
    if (conclusion.because === 'cancelled') this.logger.info(conclusion.message);
    if (conclusion.because === 'cancelled' || conclusion.because === 'ended') return;
    this.logger.error(conclusion.message, { error: this.run.lastError });
    this.meter.count('worker_host_submission_failures_total');
  }

  async #finished(outcome: RunOutcome): Promise<void> {
    if (outcome.kind === 'lost') this.logger.warn(`The worker no longer owns the run: ${outcome.reason}`);
    this.#stepControl.abort(STEP_OVER);
    this.run.close();
    await this.#releasing;
    this.steps.endClaim();
    this.#finish(outcome);
  }
}
