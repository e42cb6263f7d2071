import type { Logger } from '../logging/logger.js';
import type { Attempt } from '../orchestration/orchestrator.js';

/** How far a launch has come, as seen from outside. */
export type RunProgress =
  /** Asked for again and again without capacity, since that time (milliseconds since the epoch). */
  | { readonly phase: 'waiting-for-capacity'; readonly sinceMs: number; readonly reason: string }
  /** The infrastructure is being made ready. */
  | { readonly phase: 'provisioning' }
  /** The job's own process runs. */
  | { readonly phase: 'running' };

/** What the host gives a worker for one run. */
export interface RunContext {
  /** Its `startedAtMs` is the end of the launch before, where this is a relaunch: earlier nobody launched it. */
  readonly attempt: Attempt;
  /** Which launch of this attempt: 0 the first. Goes into whatever makes the launch idempotent. */
  readonly relaunch: number;
  /** True: an earlier process may have launched this very attempt already; look before you leap, or be idempotent. */
  readonly mayHaveLaunched: boolean;
  /**
   * Aborted when the host stops watching. The worker lets go at once and rejects with the signal's reason; the
   * infrastructure is left as it is.
   */
  readonly signal: AbortSignal;
  /**
   * Resolves when what `run` or `resume` told has been acted upon: the end is reported, or the next launch is decided.
   * Rejects when the host lets go before. What a worker keeps until its deed is done (a message of a queue) may go once
   * it resolves.
   */
  readonly reported?: Promise<void>;
  /**
   * Aborted when the run shall not be launched any more (cancelled). Before the launch the worker rejects with the
   * signal's reason; after it, the host calls `killInfrastructure` and the run's promise settles with the end.
   */
  readonly cancelled: AbortSignal;
  /** Its lines go to the run's log. */
  readonly logger: Logger;
  /** To be called once, as soon as the infrastructure exists, with what names it. Resolves when that is stored. */
  started(infrastructurePid: string): Promise<void>;
  /** Tells how far it has come. Never throws. */
  progress(progress: RunProgress): void;
  /**
   * How far an earlier process had copied the job's output: the cursor of its last `output`. Null or absent: nothing
   * was copied yet, or the host does not keep cursors.
   */
  readonly outputCursor?: string | null;
  /**
   * Lines of the job's own output, for the run's log. Never throws.
   *
   * @param cursor where to go on after these lines; opaque, kept by the host together with the lines.
   */
  output(lines: readonly { readonly message: string; readonly timestampMs: number }[], cursor?: string): void;
}
