import type { FlowRun, StateProposal, WorkerResult } from '@worker-host/core';
import { persistently } from './back-off.js';
import { explainExit } from './exit-explanations.js';
import type { HostParts } from './host-parts.js';
import type { LiveRun } from './live-run.js';
import { isUnauthorized } from './orchestrator-failure.js';
import type { StateDecision } from './run-decisions.js';
import { runResultFacts } from './run-result-facts.js';
import { type EventSpeaker, flowRunExecuted, flowRunSubmitted } from './worker-events.js';

const MOST_PROPOSALS = 5;
const LONGEST_WAIT_SECONDS = 60;

/** Tells the control plane about a run. What is only nice to know is told once; what counts is told until it is heard. */
export class RunReporter {
  constructor(
    private readonly parts: HostParts,
    private readonly run: LiveRun,
  ) {}

  /** A state on the way. The answer does not matter, and neither does a failure. */
  async mention(proposal: StateProposal): Promise<void> {
    const { run, parts } = this;
    try {
      const answer = await parts.orchestrator.proposeState(run.id, this.#withoutSecrets(proposal));
      if (answer.status !== 'ACCEPT')
        run.logger.debug('State not taken', { name: proposal.name, status: answer.status });
    } catch (error) {
      if (isUnauthorized(error)) parts.onFatal(error);
      else run.logger.debug('State could not be told', { name: proposal.name, error });
    }
  }

  /** Labels the run with who carries it out: a later worker of the name finds it by that. */
  async label(): Promise<void> {
    const { orchestrator, settings, worker } = this.parts;
    const pool = this.parts.workPool();
    await this.persist('label the run', () =>
      orchestrator.labelFlowRun(this.run.id, {
        'prefect.worker.name': settings.workerName,
        'prefect.worker.type': worker.type,
        'prefect.work-pool.name': settings.workPoolName,
        ...(pool === null ? {} : { 'prefect.work-pool.id': pool.id }),
      }),
    );
  }

  /** Stores what names the infrastructure, again and again until that is done or the infrastructure has ended. */
  async storePid(infrastructurePid: string): Promise<void> {
    const { parts, run } = this;
    const signal = AbortSignal.any([parts.watching, run.ended]);
    await persistently(
      'store the id of the infrastructure',
      async () => {
        if (run.infrastructurePid === infrastructurePid)
          await parts.orchestrator.storeInfrastructurePid(run.id, infrastructurePid);
      },
      { clock: parts.clock, logger: run.logger, signal, retries: 'all' },
    );
  }

  /** The run as it is now. */
  read(): Promise<FlowRun | null> {
    return this.persist('read the run', () => this.parts.orchestrator.readFlowRun(this.run.id));
  }

  /** Carries a decision out. A refused end of a run that is being cancelled becomes Cancelled. */
  async carryOut(decision: StateDecision): Promise<void> {
    const { parts, run } = this;
    if (decision.kind === 'leave') {
      run.logger.debug('The state of the run is left alone', { reason: decision.reason });
      return;
    }
    let { proposal } = decision;
    for (let tries = 0; tries < MOST_PROPOSALS; tries += 1) {
      const answer = await this.persist('report the end of the run', () =>
        parts.orchestrator.proposeState(run.id, this.#withoutSecrets(proposal)),
      );
      if (answer.status === 'ACCEPT') {
        parts.meter.count('worker_host_runs_ended_total', { state: proposal.type.toLowerCase() });
        return;
      }
      if (answer.status === 'WAIT') {
        const waitSeconds = Math.min(answer.delaySeconds, LONGEST_WAIT_SECONDS);
        await parts.clock.sleep(waitSeconds * 1000, parts.watching);
      } else if (answer.state?.type === 'CANCELLING' && proposal.type !== 'CANCELLED') {
        proposal = { type: 'CANCELLED', name: 'Cancelled', message: proposal.message ?? null, force: true };
      } else {
        run.logger.info('The control plane keeps its own state of the run', {
          proposed: proposal.type,
          state: answer.state?.name,
          reason: answer.reason,
        });
        return;
      }
    }
  }

  /** Writes what is known of a bad end to the run's log, and stores the facts of any end. */
  async storeEnd(result: WorkerResult): Promise<void> {
    const { parts, run } = this;
    this.#writeEnd(result);
    for (const [phase, seconds] of Object.entries(result.end?.phasesSeconds ?? {}))
      parts.meter.observe('worker_host_run_phase_seconds', seconds, { phase });
    try {
      await this.persist('store the result of the run', () =>
        parts.orchestrator.storeResult(run.id, parts.secrets.redactJson(runResultFacts(result, run.relaunches))),
      );
    } catch (error) {
      if (parts.watching.aborted || isUnauthorized(error)) throw error;
      run.logger.warn('The result of the run could not be stored', { error });
    }
  }

  submitted(): void {
    this.run.submittedEventId = this.parts.orchestrator.emit(flowRunSubmitted(this.#speaker, this.run));
  }

  executed(result: WorkerResult): void {
    this.parts.orchestrator.emit(flowRunExecuted(this.#speaker, this.run, result.identifier, result.statusCode));
  }

  /** Does it until the control plane is back; other failures are thrown. */
  persist<T>(what: string, deed: () => Promise<T>): Promise<T> {
    const { clock, watching } = this.parts;
    return persistently(what, deed, { clock, logger: this.run.logger, signal: watching, retries: 'unavailable' });
  }

  #writeEnd({ end, statusCode, isSuccess }: WorkerResult): void {
    const { logger } = this.run;
    const tail = end?.logTail ?? [];
    if (tail.length > 0) logger.info(`Last lines of the job's output:\n${tail.join('\n')}`);
    const diagnosis = end?.diagnosis ?? null;
    if (diagnosis !== null) {
      const say = { info: logger.info, warning: logger.warn, error: logger.error }[diagnosis.level].bind(logger);
      say([diagnosis.summary, diagnosis.detail].filter((line) => line !== '').join('\n'));
      if (diagnosis.resolution !== null) logger.info(diagnosis.resolution);
    } else if (!isSuccess) {
      const { text, resolution } = explainExit(statusCode);
      logger.error(`The job exited with status code ${statusCode}. ${text}`);
      if (resolution !== null) logger.info(resolution);
    } else logger.info('The job ended successfully');
  }

  /** Reasons that the infrastructure gives may quote the job's command or image. */
  #withoutSecrets(proposal: StateProposal): StateProposal {
    const { message } = proposal;
    return typeof message === 'string' ? { ...proposal, message: this.parts.secrets.redact(message) } : proposal;
  }

  get #speaker(): EventSpeaker {
    const { settings, worker, orchestrator } = this.parts;
    return {
      workerName: settings.workerName,
      workerType: worker.type,
      prefectVersion: orchestrator.prefectVersion,
      workPool: this.parts.workPool(),
    };
  }
}
