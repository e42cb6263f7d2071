import type { WorkerResult } from '@worker-host/core';
import { retryMs } from './back-off.js';
import type { HostParts } from './host-parts.js';
import type { LifecycleTools } from './lifecycle-tools.js';
import type { LiveRun } from './live-run.js';
import { hasCode, isUnauthorized } from './orchestrator-failure.js';
import { createRunContext, noteProgress } from './run-context.js';
import { errorText, RunUnwatchableError } from './run-errors.js';
import { vanishedInfrastructure } from './vanished-infrastructure.js';

/** Which launch of an attempt, and what is known of it. */
export interface Launch {
  /** 0 the first. */
  readonly relaunch: number;
  /** Null: not launched, as far as anybody knows. */
  readonly infrastructurePid: string | null;
  /** An earlier process may have launched it already. */
  readonly mayHaveLaunched: boolean;
  /** Milliseconds since the epoch before which nobody can have launched it. Null: since the attempt began. */
  readonly notBeforeMs: number | null;
}

/** submitting → launched → running → ended: one launch of a run, watched to its end and stopped when it is cancelled. */
export class RunLaunch {
  constructor(
    private readonly parts: HostParts,
    private readonly tools: LifecycleTools,
    private readonly run: LiveRun,
  ) {}

  /**
   * Where sight of the job is lost, it is looked for again without end.
   *
   * @throws what the worker throws before the launch; RunUnwatchableError; the reasons of the run's two signals.
   */
  async watch(launch: Launch): Promise<WorkerResult> {
    const { run, parts } = this;
    let pid = launch.infrastructurePid;
    if (pid !== null) {
      this.#becameLaunched(pid);
      run.markHandedOver();
    }
    for (let failures = 0; ; ) {
      if (pid === null) run.cancelled.throwIfAborted();
      const { attempt, configuration, flowRun, outputCursor } = run;
      if (attempt === null || configuration === null) throw new Error('A run is launched before it is rendered');
      const { relaunch, mayHaveLaunched, notBeforeMs } = launch;
      const startedAtMs = Math.max(attempt.startedAtMs, notBeforeMs ?? 0);
      const context = createRunContext(
        parts,
        run,
        { attempt: { ...attempt, startedAtMs }, relaunch, mayHaveLaunched, outputCursor },
        {
          launched: (infrastructurePid) => {
            pid = infrastructurePid;
            return this.#launched(infrastructurePid);
          },
          progressed: (progress) =>
            noteProgress(progress, run, this.tools.reporter, parts.orchestrator.hostReportsStates),
        },
      );
      try {
        return pid === null
          ? await parts.worker.run(flowRun, configuration, context)
          : await parts.worker.resume(pid, flowRun, configuration, context);
      } catch (error) {
        const known = pid as string | null;
        if (parts.watching.aborted || known === null) throw error;
        if (hasCode(error, 'INFRASTRUCTURE_NOT_FOUND')) return vanishedInfrastructure(known, relaunch);
        if (!parts.worker.capabilities.canResume)
          throw new RunUnwatchableError(parts.worker.type, known, errorText(error), { cause: error });
        failures += 1;
        if (failures === 1) run.logger.error('Lost sight of the job; looking for it again', { error });
      }
      await parts.clock.sleep(retryMs(failures, parts.clock), parts.watching);
    }
  }

  /** The infrastructure exists: stores what names it, and stops it where the run was cancelled meanwhile. */
  async #launched(infrastructurePid: string): Promise<void> {
    const { run, parts, tools } = this;
    this.#becameLaunched(infrastructurePid);
    run.logger.info(`Launched on ${infrastructurePid}`);
    if (parts.orchestrator.hostReportsStates)
      run.inOrder(() => tools.reporter.mention({ type: 'PENDING', name: 'InfrastructurePending' }));
    try {
      await tools.reporter.storePid(infrastructurePid);
      run.markHandedOver();
    } catch (error) {
      if (isUnauthorized(error)) parts.onFatal(error);
      if (parts.watching.aborted) throw error;
    }
  }

  #becameLaunched(infrastructurePid: string): void {
    const { run } = this;
    run.infrastructurePid = infrastructurePid;
    run.phase = 'launched';
    run.whenCancelled(() => void this.#kill(infrastructurePid));
  }

  async #kill(infrastructurePid: string): Promise<void> {
    const { run, parts, tools } = this;
    const signal = AbortSignal.any([parts.watching, run.ended]);
    const configuration = run.configuration ?? (await tools.configurations.poolDefault());
    try {
      await tools.killer.killUntilDone(infrastructurePid, configuration, run.logger, signal);
    } catch (error) {
      if (!signal.aborted) run.logger.error('The infrastructure could not be stopped', { error });
    }
  }
}
