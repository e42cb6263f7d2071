import type { Attempt, RunContext, RunProgress } from '@worker-host/core';
import type { HostParts } from './host-parts.js';
import type { LiveRun } from './live-run.js';
import type { RunReporter } from './run-reporter.js';

const OUTPUT_LOGGER = 'worker-host.output';
const INFO = 20;

/** What happened to a launch, as its worker told it. */
export interface LaunchHooks {
  /** The infrastructure exists; resolves when that is stored. */
  launched(infrastructurePid: string): Promise<void>;
  progressed(progress: RunProgress): void;
}

export interface RunContextOptions {
  readonly attempt: Attempt;
  readonly relaunch: number;
  readonly mayHaveLaunched: boolean;
  readonly outputCursor: string | null;
}

/** What one launch (or resumption) of a run is given. */
export function createRunContext(
  parts: HostParts,
  run: LiveRun,
  options: RunContextOptions,
  hooks: LaunchHooks,
): RunContext {
  let stored: Promise<void> | null = null;
  return {
    ...options,
    signal: parts.watching,
    cancelled: run.cancelled,
    reported: run.reported,
    logger: run.logger,
    started(infrastructurePid) {
      if (stored === null) {
        stored = hooks.launched(infrastructurePid);
        // A worker need not wait for it; then nobody else would hear of a failure.
        stored.catch(() => {});
      }
      return stored;
    },
    progress(progress) {
      try {
        hooks.progressed(progress);
      } catch (error) {
        run.logger.debug('Progress could not be taken note of', { error });
      }
    },
    output(lines, cursor) {
      for (const [index, { message, timestampMs }] of lines.entries()) {
        const isLast = index === lines.length - 1;
        parts.orchestrator.log({
          name: OUTPUT_LOGGER,
          level: INFO,
          message: parts.secrets.redact(message),
          timestampMs,
          flowRunId: run.id,
          ...(isLast && cursor !== undefined ? { outputCursor: cursor } : {}),
        });
      }
    },
  };
}

/** Takes note of how far a launch has come, and mentions it where nobody else would. */
export function noteProgress(
  progress: RunProgress,
  run: LiveRun,
  reporter: RunReporter,
  hostReportsStates: boolean,
): void {
  const before = run.progress?.phase;
  run.progress = progress;
  if (progress.phase === before) return;
  if (progress.phase === 'waiting-for-capacity') {
    const since = new Date(progress.sinceMs).toISOString();
    const message = `Waiting for capacity since ${since}: ${progress.reason}`;
    run.logger.warn(message);
    if (hostReportsStates)
      run.inOrder(() => reporter.mention({ type: 'PENDING', name: 'WaitingForCapacity', message }));
  }
  if (progress.phase === 'running' && run.phase !== 'running') {
    run.phase = 'running';
    if (hostReportsStates) run.inOrder(() => reporter.mention({ type: 'RUNNING', name: 'Running' }));
  }
}
