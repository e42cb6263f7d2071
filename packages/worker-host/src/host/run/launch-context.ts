import {
  type Clock,
  type JsonObject,
  type LaunchPlace,
  LeaseLostError,
  type Orchestrator,
  OrchestratorUnavailableError,
  type RunContext,
  type RunProgress,
} from '@worker-host/core';
import { inject, Lifecycle, scoped } from 'tsyringe';
import { GuardedWorker } from '../guarded-worker.js';
import { HOST_TOKENS } from '../tokens.js';
import { LazyMembers } from './lazy-members.js';
import { PluginCallInvalidError } from './run-errors.js';
import type { RunRecord } from './run-record.js';
import { RUN_TOKENS } from './run-tokens.js';
import { RunWrites } from './run-writes.js';

const LONGEST_PID = 2_048;
const PHASES: readonly string[] = ['waiting-for-capacity', 'provisioning', 'running'];

/** Creates the context of a plugin for one launch (or resumption) of a run, and passes on its reports. */
@scoped(Lifecycle.ContainerScoped)
export class LaunchContexts {
  constructor(
    @inject(RUN_TOKENS.Record) private readonly run: RunRecord,
    @inject(RunWrites) private readonly writes: RunWrites,
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
  ) {}

  /** @param serial number of the step that calls the plugin. */
  create(serial: number): RunContext {
    const { run } = this;
    const { relaunch, mayHaveLaunched, launchPlace, notBeforeMs } = run.state;
    const { attempt } = run.lease;
    let pid: string | null = null;
    return Object.assign(new LazyMembers(run.cancelled, run.reported.launch), {
      attempt: { ...attempt, startedAtMs: Math.max(attempt.startedAtMs, notBeforeMs ?? 0) },
      relaunch,
      mayHaveLaunched,
      launchPlace,
      outputCursor: run.outputCursor,
      signal: run.watching.signal,
      logger: run.logger,
      launching: (place: LaunchPlace, request?: () => JsonObject) => this.#launching(serial, place, request),
      assertOwned: () => this.#assertOwned(),
      started: async (infrastructurePid: string) => {
        this.#assertPid(infrastructurePid, pid);
        pid = infrastructurePid;
        await this.#started(serial, infrastructurePid);
      },
      progress: (progress: RunProgress) => this.#progressed(serial, progress),
      output: (lines: Parameters<RunContext['output']>[0], cursor?: string) => this.#output(lines, cursor),
    });
  }

  async #launching(serial: number, place: LaunchPlace, request: (() => JsonObject) | undefined): Promise<void> {
    await this.writes.storeLaunch(place, request);
    this.run.send({ type: 'launching', serial, place });
  }

  #assertOwned(): void {
    const { attempt, expiresAtMs, isHeld } = this.run.lease;
    if (!isHeld) throw new LeaseLostError(attempt.flowRunId, 'its lease has ended');
    if (this.clock.monotonicMs() < expiresAtMs) return;
    throw new OrchestratorUnavailableError('Confirming the ownership of the run', this.orchestrator.description);
  }

  /** @param before pid that the same call already reported. */
  #assertPid(infrastructurePid: unknown, before: string | null): void {
    const isRight = isPid(infrastructurePid) && (before === null || before === infrastructurePid);
    if (isRight) return;
    const expected = before === null ? `a text of 1 to ${LONGEST_PID} characters` : 'the pid of its first call';
    throw new PluginCallInvalidError(this.worker.type, 'context.started()', expected);
  }

  #started(serial: number, infrastructurePid: string): Promise<void> {
    const { run, writes } = this;
    if (run.state.infrastructurePid !== infrastructurePid) {
      run.logger.info(`Launched on ${infrastructurePid}`);
      if (this.orchestrator.hostReportsStates) writes.propose({ type: 'PENDING', name: 'InfrastructurePending' });
      run.send({ type: 'launched', serial, infrastructurePid });
    }
    return writes.pidStored;
  }

  /** Records the progress of a launch, and proposes the state if no one else would. */
  #progressed(serial: number, progress: RunProgress): void {
    const { run, writes } = this;
    if (serial !== run.state.serial) return;
    if (!isProgress(progress)) {
      this.worker.faults.record('called context.progress() with no progress', null, run.id);
      return;
    }
    const before = run.progress?.phase;
    run.progress = progress;
    if (progress.phase === before) return;
    run.trace?.progressed(progress);
    const { hostReportsStates } = this.orchestrator;
    if (progress.phase === 'waiting-for-capacity') {
      const message = `Waiting for capacity since ${new Date(progress.sinceMs).toISOString()}: ${progress.reason}`;
      run.logger.warn(message);
      if (hostReportsStates) writes.propose({ type: 'PENDING', name: 'WaitingForCapacity', message });
    }
    if (progress.phase === 'running' && run.state.phase !== 'running') {
      run.send({ type: 'running', serial });
      if (hostReportsStates) writes.propose({ type: 'RUNNING', name: 'Running' });
    }
  }

  #output(lines: Parameters<RunContext['output']>[0], cursor: string | undefined): void {
    const { run } = this;
    const { secrets } = run.own;
    if (!Array.isArray(lines) || !lines.every(isLine)) {
      this.worker.faults.record('called context.output() with a value that is not a list of lines', null, run.id);
      return;
    }
    const clean = lines.map(({ message, timestampMs }) => ({ message: secrets.redact(message), timestampMs }));
    run.lease.output(clean, cursor);
    if (cursor !== undefined) run.outputCursor = cursor;
  }
}

function isPid(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_PID;
}

function isProgress(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { phase, sinceMs, reason } = value as Readonly<Record<string, unknown>>;
  if (phase === 'waiting-for-capacity') return Number.isFinite(sinceMs) && typeof reason === 'string';
  return PHASES.includes(phase as string);
}

function isLine(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { message, timestampMs } = value as Readonly<Record<string, unknown>>;
  return typeof message === 'string' && Number.isFinite(timestampMs);
}
