import type { Logger } from '../logging/logger.js';
import type { Attempt, LaunchPlace } from '../orchestration/run-lease.js';

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
  /** True: this launch may have been sent already, by an earlier owner or an earlier try. The worker must find it, or be idempotent. */
  readonly mayHaveLaunched: boolean;
  /**
   * Where this launch was about to be sent, as stored by {@link launching}. Not null: the worker looks and launches there
   * and nowhere else, whatever the configuration says by now. Null: nothing was sent yet.
   */
  readonly launchPlace: LaunchPlace | null;
  /**
   * Aborted when the host stops watching. The worker stops immediately and rejects with the signal's reason; the
   * infrastructure is left as it is.
   */
  readonly signal: AbortSignal;
  /**
   * Resolves when the result of `run` or `resume` has been acted upon: the end is reported, or the next launch is decided.
   * Rejects when the host releases the run before. A worker that keeps something until then (a message of a queue) may
   * discard it once it resolves.
   */
  readonly reported: Promise<void>;
  /**
   * Aborted when the run shall not be launched any more (cancelled). Before the launch the worker rejects with the
   * signal's reason; after it, the host calls `killInfrastructure` and the run's promise settles with the end.
   */
  readonly cancelled: AbortSignal;
  /** Its lines go to the run's log. */
  readonly logger: Logger;
  /**
   * To be awaited before each launch request whose place (or token) is not stored yet. Resolves when it is stored, so
   * that any later owner looks there. Rejects, and the worker must send nothing, when the run is cancelled, the host stops
   * watching or no longer owns the run; the worker rejects with the same reason.
   */
  launching(place: LaunchPlace): Promise<void>;
  /**
   * Throws when another worker may own the run by now. To be called immediately before the request that launches is sent,
   * each time, with nothing awaited in between: a process that stood still (a paused machine, a long queue) learns of it in
   * no other way. The worker sends nothing then, and rejects with that error.
   */
  assertOwned(): void;
  /** To be called once, as soon as the infrastructure exists, with what names it. Resolves when that is stored. */
  started(infrastructurePid: string): Promise<void>;
  /** Reports how far the launch has come. Never throws. */
  progress(progress: RunProgress): void;
  /** Cursor of the last `output` of an earlier owner. Null: nothing was copied yet, or the host does not keep cursors. */
  readonly outputCursor: string | null;
  /**
   * Lines of the job's own output, for the run's log. Never throws.
   *
   * @param cursor where to go on after these lines; opaque, kept by the host together with the lines.
   */
  output(lines: readonly { readonly message: string; readonly timestampMs: number }[], cursor?: string): void;
}
