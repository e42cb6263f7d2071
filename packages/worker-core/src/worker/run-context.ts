import type { JsonObject } from '../json/json.js';
import type { Logger } from '../logging/logger.js';
import type { Attempt, LaunchPlace } from '../orchestration/run-lease.js';

/** Progress of a launch. */
export type RunProgress =
  /** The infrastructure has had no capacity since `sinceMs` (milliseconds since the epoch). */
  | { readonly phase: 'waiting-for-capacity'; readonly sinceMs: number; readonly reason: string }
  /** The infrastructure is being prepared. */
  | { readonly phase: 'provisioning' }
  /** The process of the job is running. */
  | { readonly phase: 'running' };

/** The host's interface for one run of a worker. */
export interface RunContext {
  /** For a relaunch, `startedAtMs` is the end of the previous launch. */
  readonly attempt: Attempt;
  /** Number of the launch within the attempt; 0 is the first. Part of the idempotency key of the launch. */
  readonly relaunch: number;
  /** True: an earlier owner or call may have sent this launch. The worker must find it, or launch idempotently. */
  readonly mayHaveLaunched: boolean;
  /**
   * Launch place, as stored by {@link launching}. If set, the worker searches and launches only there, even if the configuration has
   * changed. Null: nothing was sent yet.
   */
  readonly launchPlace: LaunchPlace | null;
  /**
   * Aborted when the host stops watching. The worker rejects immediately with the signal's reason, and does not touch the
   * infrastructure.
   */
  readonly signal: AbortSignal;
  /**
   * Resolves when the host has processed the result of `run` or `resume`: it has reported the final state, or decided on the next
   * launch. Rejects if the host releases the run before. A worker that keeps data until then, such as a queue message, can
   * discard it when the promise resolves.
   */
  readonly reported: Promise<void>;
  /**
   * Aborted when the run is cancelled. Before the launch, the worker rejects with the signal's reason. After the launch, the worker
   * keeps watching, and the host calls `killInfrastructure`.
   */
  readonly cancelled: AbortSignal;
  /** Writes to the log of the run. */
  readonly logger: Logger;
  /**
   * Stores the launch place, so that a later owner searches there. Await it before each launch request whose place (or token) is
   * not stored yet. Rejects if the run is cancelled, the host stops watching, or it no longer owns the run; the worker must then
   * send nothing, and reject with the same reason.
   *
   * @param request returns the launch request as it is sent, which the host shows to people after it has replaced known secrets.
   * Mask secrets that the host does not know. Only called where requests are stored. Default: none is shown.
   */
  launching(place: LaunchPlace, request?: () => JsonObject): Promise<void>;
  /**
   * Throws if another worker may own the run. Call it immediately before each launch request, without awaiting anything in between:
   * a process that was paused notices it in no other way. If it throws, the worker must send nothing, and reject with that error.
   */
  assertOwned(): void;
  /** Stores the identifier of the infrastructure. Call it once, as soon as the infrastructure exists. */
  started(infrastructurePid: string): Promise<void>;
  /** Reports the progress of the launch. Never throws. */
  progress(progress: RunProgress): void;
  /** Cursor of the last `output` of an earlier owner. Null: nothing was copied yet, or the host does not store cursors. */
  readonly outputCursor: string | null;
  /**
   * Copies lines of the job's output to the log of the run. Never throws.
   *
   * @param cursor position after these lines; opaque; the host stores it together with the lines.
   */
  output(lines: readonly { readonly message: string; readonly timestampMs: number }[], cursor?: string): void;
}
