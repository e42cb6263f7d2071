import type {
  Clock,
  Diagnosis,
  EventSink,
  FlowRun,
  Logger,
  Meter,
  Orchestrator,
  RunLease,
  SecretRegistry,
  StateProposal,
  WorkerResult,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from '../guarded-worker.js';
import { ServedPool } from '../served-pool.js';
import { HOST_TOKENS } from '../tokens.js';
import { type EventSpeaker, flowRunExecuted, flowRunSubmitted, type RunOfEvent } from '../worker-events.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { explainExit } from './exit-explanations.js';
import { logTail } from './output-tails.js';
import type { StateDecision } from './run-decisions.js';
import { ReportNotAcceptedError } from './run-errors.js';
import type { RunTrace } from './run-trace.js';

const MOST_PROPOSALS = 5;
const LONGEST_WAIT_SECONDS = 60;

/** A run to report about, and its lease. */
export interface ReportedRun extends RunOfEvent {
  readonly lease: RunLease;
  readonly logger: Logger;
  readonly relaunches: number;
  readonly trace: RunTrace | null;
}

/** Reports what happens to runs to the control plane, with one attempt each; the caller handles failures. */
@injectable()
export class RunReporter {
  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(ServedPool) private readonly pool: ServedPool,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(HOST_TOKENS.Meter) private readonly meter: Meter,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Events) private readonly events: EventSink,
  ) {}

  /** Proposes an intermediate state. The response changes nothing. */
  async propose({ lease, logger }: ReportedRun, proposal: StateProposal): Promise<void> {
    const answer = await lease.proposeState(this.#withoutSecrets(proposal));
    if (answer.status !== 'ACCEPT')
      logger.debug('The control plane did not accept the state', { name: proposal.name, status: answer.status });
  }

  /** Labels the run with its owner. */
  async label({ lease, trace }: ReportedRun): Promise<void> {
    const pool = this.pool.current;
    await lease.label({
      'prefect.worker.name': this.settings.workerName,
      'prefect.worker.type': this.worker.type,
      'prefect.work-pool.name': this.settings.workPoolName,
      ...(pool === null ? {} : { 'prefect.work-pool.id': pool.id }),
      ...trace?.labels,
    });
  }

  /** Reads the current run. Null: deleted. */
  read(flowRunId: string): Promise<FlowRun | null> {
    return this.orchestrator.readFlowRun(flowRunId);
  }

  /** Writes the diagnosis of a failed end to the run's log, and stores the facts of any end. */
  async storeEnd({ lease, logger, relaunches, trace }: ReportedRun, result: WorkerResult): Promise<void> {
    writeEnd(result, logger);
    for (const [phase, seconds] of Object.entries(result.end?.phasesSeconds ?? {}))
      this.meter.observe('worker_host_run_phase_seconds', seconds, { phase }, trace?.exemplar);
    await lease.storeResult(this.secrets.redactJson(resultFacts(result, relaunches)));
  }

  /**
   * Applies a decision about the run's state. If the end of a run that is being cancelled is rejected, it becomes
   * Cancelled.
   *
   * @param signal aborted: a wait requested by the control plane ends with the signal's reason.
   * @throws ReportNotAcceptedError if the control plane repeatedly asks to wait.
   */
  async apply(run: ReportedRun, decision: StateDecision, signal: AbortSignal): Promise<void> {
    const { lease, logger } = run;
    if (decision.kind === 'leave') {
      logger.debug('The state of the run does not change', { reason: decision.reason });
      return;
    }
    let { proposal } = decision;
    for (let tries = 0; tries < MOST_PROPOSALS; tries += 1) {
      const answer = await lease.proposeState(this.#withoutSecrets(proposal));
      if (answer.status === 'ACCEPT') {
        run.trace?.accepted(answer.state);
        this.meter.count('worker_host_runs_ended_total', { state: proposal.type.toLowerCase() });
        return;
      }
      if (answer.status === 'WAIT') {
        await this.clock.sleep(Math.min(answer.delaySeconds, LONGEST_WAIT_SECONDS) * 1000, signal);
      } else if (answer.state?.type === 'CANCELLING' && proposal.type !== 'CANCELLED') {
        proposal = { type: 'CANCELLED', name: 'Cancelled', message: proposal.message ?? null, force: true };
      } else {
        const { name } = answer.state ?? {};
        logger.info('The control plane keeps its own state of the run', {
          proposed: proposal.type,
          state: name,
          reason: answer.reason,
        });
        return;
      }
    }
    throw new ReportNotAcceptedError(lease.attempt.flowRunId, proposal.type, MOST_PROPOSALS);
  }

  /** @returns the id of the event. */
  submitted(run: RunOfEvent): string {
    return this.events.emit(flowRunSubmitted(this.#speaker, run));
  }

  executed(run: RunOfEvent, result: WorkerResult): void {
    this.events.emit(flowRunExecuted(this.#speaker, run, result.identifier, result.statusCode));
  }

  /** Reasons of the infrastructure can quote the job's command or image. */
  #withoutSecrets(proposal: StateProposal): StateProposal {
    const { message } = proposal;
    return typeof message === 'string' ? { ...proposal, message: this.secrets.redact(message) } : proposal;
  }

  get #speaker(): EventSpeaker {
    return {
      workerName: this.settings.workerName,
      workerType: this.worker.type,
      prefectVersion: this.orchestrator.prefectVersion,
      workPool: this.pool.current,
    };
  }
}

function writeEnd({ end, statusCode, isSuccess }: WorkerResult, logger: Logger): void {
  const tail = end?.logTail ?? [];
  if (typeof tail !== 'function') logTail(tail, logger);
  const diagnosis = end?.diagnosis ?? null;
  if (diagnosis !== null) {
    const write = { info: logger.info, warning: logger.warn, error: logger.error }[diagnosis.level].bind(logger);
    write([diagnosis.summary, diagnosis.detail].filter((line) => line !== '').join('\n'));
    if (diagnosis.resolution !== null) logger.info(diagnosis.resolution);
  } else if (!isSuccess) {
    const { text, resolution } = explainExit(statusCode);
    logger.error(`The job exited with status code ${statusCode}. ${text}`);
    if (resolution !== null) logger.info(resolution);
  } else logger.info('The job ended successfully');
}

/** Stored facts of a job's end: exit status, phases, diagnosis, launches. */
function resultFacts(result: WorkerResult, relaunches: number) {
  const { end } = result;
  const diagnosis = end?.diagnosis ?? null;
  return {
    infrastructurePid: result.identifier,
    statusCode: result.statusCode,
    exitCode: end?.exitCode ?? null,
    stopRequested: end?.stopRequested ?? null,
    userCodeRan: end?.userCodeRan ?? 'unknown',
    phasesSeconds: { ...end?.phasesSeconds },
    diagnosis: diagnosis === null ? null : storedDiagnosis(diagnosis),
    relaunches: Math.max(relaunches, end?.relaunch ?? 0),
    facts: end?.facts ?? {},
  };
}

function storedDiagnosis({ kind, level, summary, detail, resolution }: Diagnosis) {
  return { kind, level, summary, detail, resolution };
}
