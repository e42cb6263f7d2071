import type {
  BaseJobConfiguration,
  Clock,
  Deployment,
  Flow,
  FlowRun,
  Logger,
  RunLease,
  RunProgress,
  RunResources,
  SecretScope,
} from '@worker-host/core';
import { LazyAbortController } from '../lazy-abort-controller.js';
import type { Slot } from '../slots.js';
import { ReportedSignal } from './reported-signal.js';
import { HostStopsWatchingError, RunCancelledError, RunReleasedError } from './run-errors.js';
import { beginDue } from './run-machine.js';
import type { ReportedRun } from './run-reporter.js';
import type { RunEvent, RunState } from './run-state.js';
import type { RunTimes } from './run-times.js';
import type { RunTrace, RunTracer } from './run-trace.js';

/** Input of an active run. */
export interface OwnRun {
  readonly flowRun: FlowRun;
  readonly slot: Slot;
  /** What it asks for. Null: unknown, or nothing limits it. */
  readonly resources: RunResources | null;
  /** Writes to the log of the run. */
  readonly logger: Logger;
  /** Secrets of this run in addition to those of the worker, until the run is finished here. */
  readonly secrets: SecretScope;
  /** Milliseconds since the epoch at which this worker received the run. */
  readonly sinceMs: number;
}

/**
 * State that the parts of one active run share: its lease, its configuration, and the signals of its steps. Its
 * progress is in {@link RunState}, which only the machine changes.
 */
export class RunRecord implements ReportedRun {
  /** Measures a run from its claim. Null: it was resumed, so its beginning was not seen here. */
  times: RunTimes | null = null;
  /** Null: tracing is disabled. */
  readonly trace: RunTrace | null;
  #state: RunState = beginDue().state;
  /** Sends an event to the machine. Set by the active run. */
  send: (event: RunEvent) => void = () => {};
  deployment: Deployment | null = null;
  flow: Flow | null = null;
  configuration: BaseJobConfiguration | null = null;
  submittedEventId: string | null = null;
  progress: RunProgress | null = null;
  /** Cursor of the copied output. Null: none, or not stored. */
  outputCursor: string | null = null;
  /** The last failure. Null: none. */
  lastError: unknown = null;
  readonly reported = new ReportedSignal();
  /** Aborted when the host stops watching the run. */
  readonly watching = new LazyAbortController();
  /** Aborted when the run is cancelled. */
  readonly cancelled = new LazyAbortController();
  /** Aborted when no launch may be sent, for any reason. A new one for each launch. */
  permit = new LazyAbortController();
  /** Aborted when the infrastructure of the current launch has ended. */
  infrastructureEnded = new LazyAbortController();
  #lease: RunLease | null = null;

  constructor(
    readonly own: OwnRun,
    private readonly clock: Clock,
    tracer: RunTracer | null = null,
  ) {
    this.trace = tracer === null ? null : tracer.follow(this);
  }

  /** As returned by {@link next}. */
  get state(): RunState {
    return this.#state;
  }

  set state(state: RunState) {
    this.#state = state;
    this.times?.note(state.phase);
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
    return this.state.relaunch;
  }

  /** True after the run was claimed or resumed here. */
  get isOwned(): boolean {
    return this.#lease !== null;
  }

  get lease(): RunLease {
    if (this.#lease === null) throw new Error('A run is written about before it is claimed');
    return this.#lease;
  }

  set lease(lease: RunLease) {
    this.#lease = lease;
  }

  /** The owner of an expired lease writes and launches nothing until the control plane has confirmed the lease. */
  async confirmLease(): Promise<void> {
    if (this.clock.monotonicMs() >= this.lease.expiresAtMs) await this.lease.renew();
  }

  /** Prevents further launches. */
  forbidLaunch(): void {
    this.cancelled.abort(new RunCancelledError(this.id));
    this.permit.abort(this.cancelled.reason);
  }

  /** Aborts everything in progress for the run here. */
  close(): void {
    const reason = new HostStopsWatchingError();
    this.watching.abort(reason);
    this.permit.abort(reason);
    this.infrastructureEnded.abort(reason);
    this.reported.reject(new RunReleasedError(this.id));
    this.own.slot.release();
  }
}
