import type { Attempt, FlowRun, StartedInfrastructure, WorkerResult } from '@worker-host/core';
import { retryMs } from './back-off.js';
import type { HostParts } from './host-parts.js';
import type { LifecycleTools } from './lifecycle-tools.js';
import type { LiveRun } from './live-run.js';
import { isUnauthorized, isUnavailable } from './orchestrator-failure.js';
import {
  decideCancelledBeforeLaunch,
  decideEndState,
  decideRelaunch,
  decideSubmissionFailure,
  type EndFacts,
} from './run-decisions.js';
import { DeploymentGoneError, errorText, RunUnwatchableError } from './run-errors.js';
import { type Launch, RunLaunch } from './run-launch.js';

/** How the life of a run went, as far as this worker is concerned. */
export type RunEnding =
  /** It ended, and that is reported. */
  | 'reported'
  /** Somebody else has it, or it must wait. */
  | { readonly notClaimed: string }
  /** This worker let go of it; the next one takes it up. */
  | 'left';

/**
 * The life of one run in this worker:
 *
 *     scheduled → claimed → rendered → submitting → launched → running → ended → reported
 *
 * Every step is safe to repeat, so whoever takes it up after a crash repeats the last one. The run can be cancelled
 * between any two steps, and the worker may let go of it at any of them.
 */
export class RunLifecycle {
  constructor(
    private readonly parts: HostParts,
    private readonly tools: LifecycleTools,
    private readonly run: LiveRun,
  ) {}

  /** The life of a run that is due. */
  async carryOut(onClaimed: () => void): Promise<RunEnding> {
    return await this.#fenced(async () => {
      const refusal = await this.#claim();
      onClaimed();
      if (refusal !== null) return { notClaimed: refusal };
      await this.#render();
      await this.#announce();
      return await this.#report(await this.#launch({ infrastructurePid: null, mayHaveLaunched: false }));
    });
  }

  /** The life of a run that an earlier worker began: watched on, or launched as if for the first time. */
  async takeUp(attempt: Attempt, storedPid: string | null, isPidDoubtful: boolean): Promise<RunEnding> {
    const { run, parts } = this;
    return await this.#fenced(async () => {
      run.attempt = attempt;
      run.isTakenUp = true;
      run.phase = 'claimed';
      if (run.flowRun.stateType === 'CANCELLING') run.cancel();
      const pid = await this.#pidOf(attempt, storedPid, isPidDoubtful);
      if (pid === null) {
        await this.#render();
        await this.#announce();
        return await this.#report(await this.#launch({ infrastructurePid: null, mayHaveLaunched: true }));
      }
      run.infrastructurePid = pid;
      await this.tools.reporter
        .label()
        .catch((error: unknown) => this.#tolerate('The run could not be labelled', error));
      if (!parts.worker.capabilities.canResume)
        throw new RunUnwatchableError(parts.worker.type, pid, 'the worker that launched it is gone');
      await this.#renderToWatch();
      return await this.#report(await this.#launch({ infrastructurePid: pid, mayHaveLaunched: true }));
    });
  }

  /** scheduled → claimed. Says why not; null: claimed. */
  async #claim(): Promise<string | null> {
    const { run, parts } = this;
    const answer = await parts.orchestrator.claim(run.flowRun);
    if (!answer.claimed) return answer.reason;
    run.attempt = answer.attempt;
    run.phase = 'claimed';
    run.logger.info(`Worker '${parts.settings.workerName}' takes up the run`);
    return null;
  }

  /** claimed → rendered. */
  async #render(): Promise<void> {
    const { run, tools } = this;
    run.cancelled.throwIfAborted();
    const label = (): Promise<void> =>
      tools.reporter.label().catch((error: unknown) => this.#tolerate('The run could not be labelled', error));
    const rendering = tools.reporter.persist('render the run', () => tools.configurations.render(run.flowRun));
    if (this.parts.orchestrator.hostReportsStates) await Promise.all([rendering, label()]);
    else run.inOrder(label);
    Object.assign(run, await rendering);
    run.phase = 'rendered';
  }

  /** Renders what is needed to watch and to stop; the run's own configuration may be past rendering. */
  async #renderToWatch(): Promise<void> {
    const { run, tools } = this;
    const rendered = await tools.reporter.persist('render the run', () =>
      tools.configurations.renderForStopping(run.flowRun),
    );
    Object.assign(run, rendered);
  }

  /** rendered → submitting. */
  async #announce(): Promise<void> {
    const { run, tools } = this;
    run.cancelled.throwIfAborted();
    tools.reporter.submitted();
    await tools.reporter.mention({ type: 'PENDING', name: 'Submitting', isOptional: true });
    run.phase = 'submitting';
  }

  /** submitting → launched → running → ended; again, where the infrastructure failed and that repeats nothing. */
  async #launch(first: Omit<Launch, 'relaunch' | 'notBeforeMs'>): Promise<EndFacts> {
    const { run, parts, tools } = this;
    let launch: Launch = { ...first, relaunch: 0, notBeforeMs: null };
    for (;;) {
      const result = await new RunLaunch(parts, tools, run).watch(launch);
      const facts = await this.#factsOf(result);
      const decision = decideRelaunch(facts, parts.settings.relaunchLimit);
      if (!decision.again) {
        run.markEnded();
        return facts;
      }
      launch = {
        relaunch: decision.relaunch,
        infrastructurePid: null,
        mayHaveLaunched: run.isTakenUp,
        notBeforeMs: result.end?.endedAtMs ?? (run.isTakenUp ? null : parts.clock.nowMs()),
      };
      run.beginRelaunch(decision.relaunch);
      parts.meter.count('worker_host_relaunches_total');
      const why = result.end?.diagnosis?.summary ?? 'The infrastructure failed';
      run.logger.warn(`Launching again (${decision.relaunch} of ${parts.settings.relaunchLimit}): ${why}`);
      const wait = retryMs(decision.relaunch, parts.clock);
      await parts.clock.sleep(wait, AbortSignal.any([parts.watching, run.cancelled]));
      // What it was watched with need not be its own.
      if (run.isTakenUp) await this.#render();
    }
  }

  /** ended → reported. */
  async #report(facts: EndFacts): Promise<RunEnding> {
    const { run, tools } = this;
    await this.#mentionsDone();
    await tools.reporter.storeEnd(facts.result);
    if (this.#mustRead(facts.result)) {
      const fresh = await tools.reporter.read();
      await tools.reporter.carryOut(decideEndState({ ...facts, isCancelled: run.isCancelled, fresh }));
    }
    tools.reporter.executed(facts.result);
    await run.inOrderDone();
    run.phase = 'reported';
    run.markReported();
    return 'reported';
  }

  /** States on the way come before the end; where the host mentions none, the end need not wait for labels. */
  async #mentionsDone(): Promise<void> {
    if (this.parts.orchestrator.hostReportsStates) await this.run.inOrderDone();
  }

  /** A job that ended well and reports its own end needs no request at all. */
  #mustRead(result: WorkerResult): boolean {
    const { isCancelled, isTakenUp } = this.run;
    return this.parts.orchestrator.hostReportsStates || !result.isSuccess || isCancelled || isTakenUp;
  }

  async #factsOf(result: WorkerResult): Promise<EndFacts> {
    const { run, parts, tools } = this;
    const mayRelaunch = !result.isSuccess && result.end?.relaunchable === true && !run.isCancelled;
    return {
      result,
      isCancelled: run.isCancelled,
      fresh: mayRelaunch ? await tools.reporter.read() : null,
      hostReportsStates: parts.orchestrator.hostReportsStates,
      workerName: parts.settings.workerName,
      isTakenUp: run.isTakenUp,
    };
  }

  /** What names the infrastructure of an attempt that an earlier worker began. Null: nothing is known to be launched. */
  async #pidOf(attempt: Attempt, storedPid: string | null, isDoubtful: boolean): Promise<string | null> {
    const { run, parts } = this;
    if (storedPid === null) return run.isCancelled ? await this.#find(() => true) : null;
    if (!isDoubtful || !parts.worker.capabilities.canList) return storedPid;
    const found = await this.#find(({ attemptId }) => attemptId === attempt.id);
    return found ?? (run.flowRun.stateType === 'PENDING' ? null : storedPid);
  }

  /** What was launched for a run whose worker died before it could store it; null: nothing. */
  async #find(isMeant: (started: StartedInfrastructure) => boolean): Promise<string | null> {
    const { run, parts, tools } = this;
    if (!parts.worker.capabilities.canList) return null;
    await this.#renderToWatch();
    const configurations = run.configuration === null ? [] : [run.configuration];
    const all = await tools.reporter.persist('look for what was launched', () =>
      parts.worker.listInfrastructure(configurations),
    );
    return all.find((started) => started.flowRunId === run.id && isMeant(started))?.infrastructurePid ?? null;
  }

  /** Whatever goes wrong in a life ends that life alone. */
  async #fenced(life: () => Promise<RunEnding>): Promise<RunEnding> {
    try {
      return await life();
    } catch (error) {
      return await this.#afterFailure(error).catch((second: unknown) => this.#letGo(second));
    }
  }

  async #afterFailure(error: unknown): Promise<RunEnding> {
    const { run, parts, tools } = this;
    if (parts.watching.aborted || isUnauthorized(error)) return this.#letGo(error);
    if (run.phase === 'scheduled') return { notClaimed: errorText(error) };
    const isLaunched = run.infrastructurePid !== null;
    if (isLaunched && !(error instanceof RunUnwatchableError)) return this.#letGo(error);
    run.markEnded();
    await this.#mentionsDone();
    const decision = await this.#decideAfterFailure(error);
    await tools.reporter.carryOut(decision);
    await run.inOrderDone();
    run.phase = 'reported';
    run.markReported();
    return 'reported';
  }

  async #decideAfterFailure(error: unknown) {
    const { run, parts, tools } = this;
    const fresh: FlowRun | null = await tools.reporter.read();
    if (error instanceof DeploymentGoneError) {
      run.logger.warn(error.message);
      return decideCancelledBeforeLaunch(fresh, `${error.message}.`);
    }
    const isUnwatchable = error instanceof RunUnwatchableError;
    if (run.isCancelled && !isUnwatchable) {
      run.logger.info('The run was cancelled before anything was launched');
      return decideCancelledBeforeLaunch(fresh, 'Cancelled before it was launched.');
    }
    const what = isUnwatchable ? '' : 'Failed to submit flow run to infrastructure: ';
    const message = `${what}${errorText(error)}`;
    run.logger.error(message, { error });
    parts.meter.count('worker_host_submission_failures_total');
    return decideSubmissionFailure(fresh, message, {
      isCancelled: run.isCancelled,
      hostReportsStates: parts.orchestrator.hostReportsStates,
      workerName: parts.settings.workerName,
    });
  }

  #letGo(error: unknown): RunEnding {
    const { run, parts } = this;
    if (isUnauthorized(error)) parts.onFatal(error);
    else if (!parts.watching.aborted)
      run.logger.error('This worker can do no more for the run; it is taken up again later', { error });
    return 'left';
  }

  #tolerate(message: string, error: unknown): void {
    if (isUnauthorized(error) || isUnavailable(error)) throw error;
    this.run.logger.warn(message, { error });
  }
}
