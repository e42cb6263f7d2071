import { isDeepStrictEqual } from 'node:util';
import type {
  BaseJobConfiguration,
  Clock,
  Deployment,
  Flow,
  FlowRun,
  InterruptedRun,
  LaunchPlace,
  Logger,
  Meter,
  Orchestrator,
  RunContext,
  RunLease,
  RunProgress,
  StateProposal,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { hasCode, isUnauthorized, isUnavailable, kindOfFailure } from '../failure.js';
import { GuardedWorker } from '../guarded-worker.js';
import { Readiness } from '../readiness.js';
import { type RetryPolicy, retryMs, retryUntilDone, seconds } from '../retry.js';
import type { WorkerHostSettings } from '../settings.js';
import { type FatalHandler, HOST_TOKENS } from '../tokens.js';
import { InfrastructureStopper } from './infrastructure-stopper.js';
import { ReportedSignal } from './reported-signal.js';
import { RunConfigurations } from './run-configuration.js';
import type { StateDecision } from './run-decisions.js';
import { errorText, HostStopsWatchingError, RunCancelledError, RunReleasedError } from './run-errors.js';
import { beginDue, beginResumed, next } from './run-machine.js';
import { type ReportedRun, RunReporter } from './run-reporter.js';
import type { RunEffect, RunEvent, RunOutcome, RunPolicy, RunState, RunStep, Transition } from './run-state.js';
import { type OwnRun, RUN_TOKENS, type RunStatus } from './run-tokens.js';

const STEP_NAMES: Readonly<Record<RunStep, string>> = {
  claim: 'Claiming the run',
  render: 'Rendering the run',
  find: 'Finding what was launched',
  launch: 'Launching the run',
  watch: 'Watching the job',
  read: 'Reading the run',
  report: 'Reporting the end of the run',
};

/**
 * One run in this worker's hands: executes what {@link next} decides, through the lease, and feeds back what happened.
 * It decides nothing itself.
 */
@injectable()
export class ActiveRun implements ReportedRun {
  deployment: Deployment | null = null;
  flow: Flow | null = null;
  submittedEventId: string | null = null;
  #state: RunState = beginDue().state;
  #lease: RunLease | null = null;
  #configuration: BaseJobConfiguration | null = null;
  #progress: RunProgress | null = null;
  #outputCursor: string | null = null;
  #isEndStored = false;
  readonly #policy: RunPolicy;
  readonly #reported = new ReportedSignal();
  readonly #watching = new AbortController();
  readonly #cancelled = new AbortController();
  /** Aborted when no launch may be sent any more, for whatever reason. */
  #permit = new AbortController();
  #infrastructureEnded = new AbortController();
  #stepControl = new AbortController();
  #states: Promise<void> = Promise.resolve();
  #storing: Promise<void> = Promise.resolve();
  #ordering: Promise<unknown> = Promise.resolve();
  #releasing: Promise<void> = Promise.resolve();
  #claimGranted: () => void = () => {};
  #handOver: () => void = () => {};
  #finish: (outcome: RunOutcome) => void = () => {};

  /** Resolves when the worker is done with the run, with how it went. */
  readonly finished = new Promise<RunOutcome>((resolve) => {
    this.#finish = resolve;
  });

  /** Resolves when the claim was granted. */
  readonly claimed = new Promise<void>((resolve) => {
    this.#claimGranted = resolve;
  });

  /** Resolves when another worker could find the infrastructure by what is stored. */
  readonly handedOver = new Promise<void>((resolve) => {
    this.#handOver = resolve;
  });

  constructor(
    @inject(RUN_TOKENS.Run) private readonly own: OwnRun,
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Meter) private readonly meter: Meter,
    @inject(HOST_TOKENS.RetryPolicy) private readonly retryPolicy: RetryPolicy,
    @inject(HOST_TOKENS.OnFatal) private readonly onFatal: FatalHandler,
    @inject(RunReporter) private readonly reporter: RunReporter,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(InfrastructureStopper) private readonly stopper: InfrastructureStopper,
    @inject(Readiness) private readonly readiness: Readiness,
  ) {
    this.#policy = {
      hostReportsStates: orchestrator.hostReportsStates,
      workerName: settings.workerName,
      relaunchLimit: settings.relaunchLimit,
      canResume: worker.capabilities.canResume,
    };
  }

  get id(): string {
    return this.own.flowRun.id;
  }

  get flowRun(): FlowRun {
    return this.own.flowRun;
  }

  get logger(): Logger {
    return this.own.logger;
  }

  get relaunches(): number {
    return this.#state.relaunch;
  }

  get configuration(): BaseJobConfiguration | null {
    return this.#configuration;
  }

  get lease(): RunLease {
    if (this.#lease === null) throw new Error('A run is written about before it is claimed');
    return this.#lease;
  }

  /** True once the run was claimed or resumed here. */
  get isOwned(): boolean {
    return this.#lease !== null;
  }

  get infrastructurePid(): string | null {
    return this.#state.infrastructurePid;
  }

  get launchPlace(): LaunchPlace | null {
    return this.#state.launchPlace;
  }

  get status(): RunStatus {
    const { phase, infrastructurePid, isCancelled, relaunch, failures } = this.#state;
    return {
      flowRunId: this.id,
      name: this.flowRun.name,
      phase,
      sinceMs: this.own.sinceMs,
      infrastructurePid,
      isCancelling: isCancelled,
      relaunches: relaunch,
      progress: this.#progress,
      failures,
    };
  }

  /** Claims the run and goes on with it. */
  begin(): void {
    this.#apply(beginDue());
  }

  /** Goes on with a run of an earlier owner. */
  resume({ lease, flowRun, infrastructurePid, launch, outputCursor }: InterruptedRun): void {
    this.#lease = lease;
    this.#outputCursor = outputCursor;
    if (infrastructurePid !== null) this.#handOver();
    this.#apply(
      beginResumed(
        {
          isCancelled: flowRun.stateType === 'CANCELLING',
          relaunch: launch?.relaunch ?? 0,
          launchPlace: launch?.place ?? null,
          infrastructurePid,
        },
        this.#policy,
      ),
    );
  }

  /** Cancels the run, wherever it is. Safe to call twice. */
  cancel(): void {
    this.#send({ type: 'cancel' });
  }

  /** Stops watching the run and releases it; its infrastructure goes on. */
  stop(): void {
    this.#send({ type: 'stop' });
  }

  #send(event: RunEvent): void {
    this.#apply(next(this.#state, event, this.#policy));
  }

  #apply({ state, effects }: Transition): void {
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: RunEffect): void {
    switch (effect.do) {
      case 'step':
        void this.#step(effect.step, effect.serial, (signal) => this.#work(effect.step, effect.serial, signal));
        return;
      case 'report':
        void this.#step('report', effect.serial, (signal) => this.#report(effect.serial, effect.decision, signal));
        return;
      case 'retry':
        void this.#wait(effect.serial, effect.failures);
        return;
      case 'label':
        this.#label();
        return;
      case 'announce':
        this.submittedEventId = this.reporter.submitted(this);
        this.#mention({ type: 'PENDING', name: 'Submitting', isOptional: true });
        return;
      case 'forbid-launch':
        this.#cancelled.abort(new RunCancelledError(this.id));
        this.#permit.abort(this.#cancelled.signal.reason);
        return;
      case 'store-pid':
        this.#storing = this.#storePid(effect.infrastructurePid);
        return;
      case 'stop-infrastructure':
        this.#ordering = this.#stopInfrastructure(effect.infrastructurePid);
        return;
      case 'end-infrastructure':
        this.#infrastructureEnded.abort();
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
        this.onFatal(this.#lastError);
        return;
      case 'release':
        this.#releasing = this.#lease?.release(effect.reason) ?? Promise.resolve();
        return;
      case 'finish':
        void this.#finished(effect.outcome);
    }
  }

  #lastError: unknown = null;

  /** Does a step and sends the event it ends in. A step that begins ends the waits of the one before. */
  async #step(step: RunStep, serial: number, work: (signal: AbortSignal) => Promise<RunEvent>): Promise<void> {
    const signal = this.#beginStep();
    try {
      const event = await work(signal);
      const { failures } = this.#state;
      if (failures > 0 && this.#state.serial === serial)
        this.logger.info(`${STEP_NAMES[step]} succeeded after ${failures} ${failures === 1 ? 'retry' : 'retries'}`);
      this.#send(event);
    } catch (error) {
      this.#failed(serial, error);
    }
  }

  #beginStep(): AbortSignal {
    this.#stepControl.abort();
    this.#stepControl = new AbortController();
    return this.#stepControl.signal;
  }

  #failed(serial: number, error: unknown): void {
    const { step, serial: present, outcome, failures } = this.#state;
    if (step === null || serial !== present || outcome !== null) return;
    this.#lastError = error;
    const kind = kindOfFailure(error, step);
    this.#send({ type: 'failed', serial, kind, message: errorText(error), nowMs: this.clock.nowMs() });
    if (this.#state.isWaiting && failures === 0)
      this.logger.error(`${STEP_NAMES[step]} failed; retrying`, { error });
    else if (this.#state.isWaiting) this.logger.debug(`${STEP_NAMES[step]} failed again`, { failures, error });
  }

  async #wait(serial: number, failures: number): Promise<void> {
    const signal = this.#beginStep();
    try {
      await this.clock.sleep(retryMs(this.retryPolicy, failures, this.clock), signal);
    } catch {
      // Another step has begun.
    }
    this.#send({ type: 'waited', serial });
  }

  async #work(step: RunStep, serial: number, signal: AbortSignal): Promise<RunEvent> {
    switch (step) {
      case 'claim':
        return await this.#claim(serial, signal);
      case 'render':
        return await this.#render(serial);
      case 'find':
        return { type: 'found', serial, infrastructurePid: await this.#find() };
      case 'launch':
        return await this.#launch(serial);
      case 'watch':
        return await this.#watch(serial);
      case 'read':
        return { type: 'read', serial, flowRun: await this.reporter.read(this.id) };
      case 'report':
        throw new Error('A report is a step with a decision');
    }
  }

  async #claim(serial: number, signal: AbortSignal): Promise<RunEvent> {
    const answer = await this.orchestrator.claim(this.flowRun, signal);
    if (!answer.claimed) return { type: 'refused', serial, reason: answer.reason };
    this.#lease = answer.lease;
    this.#claimGranted();
    // The host stopped meanwhile: nothing was launched, and the next worker may have the run.
    if (this.#state.outcome !== null) await answer.lease.release('worker-stopping');
    else this.logger.info(`Worker '${this.settings.workerName}' claimed the run`);
    return { type: 'claimed', serial };
  }

  async #render(serial: number): Promise<RunEvent> {
    const { flowRun, own, configurations } = this;
    const rendered =
      this.#state.rendering === 'launch'
        ? await configurations.render(flowRun, own.secrets)
        : await configurations.renderForStopping(flowRun, own.secrets);
    this.#configuration = rendered.configuration;
    this.deployment = rendered.deployment;
    this.flow = rendered.flow;
    return { type: 'rendered', serial };
  }

  async #find(): Promise<string | null> {
    if (!this.worker.capabilities.canList) return null;
    const { relaunch, launchPlace: place } = this.#state;
    const launch = { attempt: this.lease.attempt, relaunch, place };
    return await this.worker.findInfrastructure(launch, await this.#configured());
  }

  async #launch(serial: number): Promise<RunEvent> {
    // A state that is proposed late could undo one that the job reports itself.
    await this.#states;
    this.#permit = new AbortController();
    if (this.#cancelled.signal.aborted) throw this.#cancelled.signal.reason;
    await this.#confirmLease();
    const result = await this.worker.run(this.flowRun, await this.#configured(), this.#context(serial));
    return { type: 'ended', serial, result, nowMs: this.clock.nowMs() };
  }

  async #watch(serial: number): Promise<RunEvent> {
    const { infrastructurePid } = this.#state;
    if (infrastructurePid === null) throw new Error('A run is watched before it is launched');
    const configuration = await this.#configured();
    const result = await this.worker.resume(infrastructurePid, this.flowRun, configuration, this.#context(serial));
    return { type: 'ended', serial, result, nowMs: this.clock.nowMs() };
  }

  async #report(serial: number, decision: StateDecision, signal: AbortSignal): Promise<RunEvent> {
    const { conclusion } = this.#state;
    // States on the way come before the end, and so does an order that nobody will see the effect of.
    if (this.orchestrator.hostReportsStates) await this.#states;
    await this.#ordering;
    await this.#confirmLease();
    if (conclusion?.because === 'ended' && !this.#isEndStored) await this.#storeEnd(conclusion.result);
    await this.reporter.apply(this, decision, signal);
    if (conclusion?.because === 'ended') this.reporter.executed(this, conclusion.result);
    this.#reported.resolve();
    return { type: 'reported', serial };
  }

  async #storeEnd(result: Parameters<RunReporter['storeEnd']>[1]): Promise<void> {
    this.#isEndStored = true;
    try {
      await this.reporter.storeEnd(this, result);
    } catch (error) {
      if (isUnavailable(error) || isUnauthorized(error) || hasCode(error, 'LEASE_LOST')) throw error;
      this.logger.warn('Storing the result of the run failed', { error });
    }
  }

  /** The owner of an expired lease writes and launches nothing before the control plane has confirmed it. */
  async #confirmLease(): Promise<void> {
    if (this.clock.monotonicMs() >= this.lease.expiresAtMs) await this.lease.renew();
  }

  async #configured(): Promise<BaseJobConfiguration> {
    return this.#configuration ?? (await this.configurations.poolDefault());
  }

  #label(): void {
    this.#beside('Labelling the run', () => this.reporter.label(this));
  }

  /** Proposes a state on the way, after those before. A failure is of no consequence. */
  #mention(proposal: StateProposal): void {
    this.#states = this.#states.then(async () => {
      try {
        await this.reporter.propose(this, proposal);
      } catch (error) {
        this.#noteLoss(error);
        this.logger.debug('Proposing a state failed', { name: proposal.name, error });
      }
    });
  }

  /** Writes beside the steps: retried while the control plane is away, and given up after other failures. */
  #beside(what: string, write: () => Promise<void>): void {
    const { clock, logger, retryPolicy: policy } = this;
    const isFinal = (error: unknown): boolean => !isUnavailable(error);
    retryUntilDone(what, write, { clock, logger, policy, signal: this.#watching.signal, isFinal }).catch(
      (error: unknown) => {
        if (this.#watching.signal.aborted || this.#noteLoss(error)) return;
        logger.warn(`${what} failed`, { error });
      },
    );
  }

  /** Stores what names the infrastructure, with retries until that is done or the infrastructure has ended. */
  async #storePid(infrastructurePid: string): Promise<void> {
    const { clock, logger, retryPolicy: policy } = this;
    const store = async (): Promise<void> => {
      if (this.#state.infrastructurePid !== infrastructurePid) return;
      await this.#confirmLease();
      await this.lease.storeInfrastructurePid(infrastructurePid);
    };
    const isFinal = (error: unknown): boolean => hasCode(error, 'LEASE_LOST');
    const { signal } = this.#infrastructureEnded;
    try {
      await retryUntilDone('Storing the id of the infrastructure', store, { clock, logger, policy, signal, isFinal });
      this.#reported.confirmLaunch();
      this.#handOver();
    } catch (error) {
      if (!signal.aborted) this.#noteLoss(error);
    }
  }

  async #stopInfrastructure(infrastructurePid: string): Promise<void> {
    const { stopper, logger } = this;
    const { signal } = this.#infrastructureEnded;
    try {
      const configuration = await this.#configured();
      // Nobody watches it: one order is all that can be given.
      if (signal.aborted) await stopper.stopOnce(infrastructurePid, configuration, logger);
      else void this.#stopUntilEnded(infrastructurePid, configuration, signal);
    } catch (error) {
      logger.error('Stopping the infrastructure failed', { infrastructurePid, error });
    }
  }

  async #stopUntilEnded(pid: string, configuration: BaseJobConfiguration, signal: AbortSignal): Promise<void> {
    try {
      await this.stopper.stopUntilEnded(pid, configuration, this.logger, signal);
    } catch (error) {
      if (!signal.aborted) this.logger.error('Stopping the infrastructure failed', { infrastructurePid: pid, error });
    }
  }

  #beginRelaunch({ relaunch, result }: Extract<RunEffect, { readonly do: 'relaunch' }>): void {
    this.#infrastructureEnded = new AbortController();
    this.#reported.supersede();
    this.#progress = null;
    this.meter.count('worker_host_relaunches_total');
    const why = result.end?.diagnosis?.summary ?? 'The infrastructure failed';
    this.logger.warn(`Launching again (${relaunch} of ${this.settings.relaunchLimit}): ${why}`);
  }

  #logConclusion(conclusion: Extract<RunEffect, { readonly do: 'conclude' }>['conclusion']): void {
    if (conclusion.because === 'cancelled') this.logger.info(conclusion.message);
    if (conclusion.because === 'refused' || conclusion.because === 'unwatchable') {
      this.logger.error(conclusion.message, this.#lastError === null ? {} : { error: this.#lastError });
      this.meter.count('worker_host_submission_failures_total');
    }
  }

  /** True: the run is no longer ours, or we are no longer anybody to the control plane. */
  #noteLoss(error: unknown): boolean {
    this.#lastError = error;
    if (isUnauthorized(error)) this.#send({ type: 'unauthorized' });
    else if (hasCode(error, 'LEASE_LOST')) this.#send({ type: 'lease-lost', message: errorText(error) });
    else return false;
    return true;
  }

  #context(serial: number): RunContext {
    const { relaunch, mayHaveLaunched, launchPlace, notBeforeMs } = this.#state;
    const { attempt } = this.lease;
    const startedAtMs = Math.max(attempt.startedAtMs, notBeforeMs ?? 0);
    return {
      attempt: { ...attempt, startedAtMs },
      relaunch,
      mayHaveLaunched,
      launchPlace,
      outputCursor: this.#outputCursor,
      signal: this.#watching.signal,
      cancelled: this.#cancelled.signal,
      reported: this.#reported.current,
      logger: this.logger,
      launching: (place) => this.#launching(serial, place),
      started: (infrastructurePid) => this.#started(serial, infrastructurePid),
      progress: (progress) => this.#progressed(serial, progress),
      output: (lines, cursor) => {
        const { secrets } = this.own;
        const clean = lines.map(({ message, timestampMs }) => ({ message: secrets.redact(message), timestampMs }));
        this.lease.output(clean, cursor);
        if (cursor !== undefined) this.#outputCursor = cursor;
      },
    };
  }

  async #launching(serial: number, place: LaunchPlace): Promise<void> {
    const { clock, logger, retryPolicy: policy } = this;
    const { signal } = this.#permit;
    const isFinal = (error: unknown): boolean => hasCode(error, 'LEASE_LOST');
    const store = async (): Promise<void> => {
      await this.#confirmLease();
      if (isDeepStrictEqual(place, this.#state.launchPlace)) return;
      await this.lease.storeLaunch({ relaunch: this.#state.relaunch, place });
    };
    try {
      await retryUntilDone('Storing the place of the launch', store, { clock, logger, policy, signal, isFinal });
    } catch (error) {
      if (!signal.aborted) this.#noteLoss(error);
      throw error;
    }
    signal.throwIfAborted();
    this.#send({ type: 'launching', serial, place });
  }

  #started(serial: number, infrastructurePid: string): Promise<void> {
    if (this.#state.infrastructurePid === infrastructurePid) return this.#storing;
    this.logger.info(`Launched on ${infrastructurePid}`);
    if (this.orchestrator.hostReportsStates) this.#mention({ type: 'PENDING', name: 'InfrastructurePending' });
    this.#send({ type: 'launched', serial, infrastructurePid });
    return this.#storing;
  }

  #progressed(serial: number, progress: RunProgress): void {
    const before = this.#progress?.phase;
    this.#progress = progress;
    if (progress.phase === before || serial !== this.#state.serial) return;
    const { hostReportsStates } = this.orchestrator;
    if (progress.phase === 'waiting-for-capacity') {
      const message = `Waiting for capacity since ${new Date(progress.sinceMs).toISOString()}: ${progress.reason}`;
      this.logger.warn(message);
      if (hostReportsStates) this.#mention({ type: 'PENDING', name: 'WaitingForCapacity', message });
    }
    if (progress.phase === 'running' && this.#state.phase !== 'running') {
      this.#send({ type: 'running', serial });
      if (hostReportsStates) this.#mention({ type: 'RUNNING', name: 'Running' });
    }
  }

  async #finished(outcome: RunOutcome): Promise<void> {
    if (outcome.kind === 'lost') this.logger.warn(`The run is left to its other owner: ${outcome.reason}`);
    const reason = new HostStopsWatchingError();
    this.#watching.abort(reason);
    this.#permit.abort(reason);
    this.#infrastructureEnded.abort();
    this.#stepControl.abort();
    this.#reported.reject(new RunReleasedError(this.id));
    this.own.slot.release();
    await this.#releasing;
    this.own.secrets.dispose?.();
    this.#finish(outcome);
  }
}
