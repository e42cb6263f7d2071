import type { Attempt, BaseJobConfiguration, Deployment, Flow, FlowRun, Logger, RunProgress } from '@worker-host/core';
import { RunCancelledError, RunLeftError } from './run-errors.js';
import type { RunPhase, RunStatus } from './run-status.js';
import type { Slot } from './slots.js';

/** A run in this worker's hands: what is known of it, and the two signals that reach into its life. */
export class LiveRun {
  phase: RunPhase = 'scheduled';
  attempt: Attempt | null = null;
  deployment: Deployment | null = null;
  flow: Flow | null = null;
  configuration: BaseJobConfiguration | null = null;
  infrastructurePid: string | null = null;
  progress: RunProgress | null = null;
  relaunches = 0;
  /** An earlier worker began it. */
  isTakenUp = false;
  /** How far an earlier worker had copied the output; null: nothing, or not kept. */
  outputCursor: string | null = null;
  /** Id of the event `submitted-flow-run`. */
  submittedEventId: string | null = null;
  readonly #cancel = new AbortController();
  readonly #ended = new AbortController();
  #onCancelled: () => void = () => {};
  #settle: () => void = () => {};
  #mentioned: Promise<void> = Promise.resolve();
  /** Resolves when the worker has let go of the run, however it ended. */
  readonly settled = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  #report: () => void = () => {};
  #leaveUnreported: (reason: Error) => void = () => {};
  #reported: Promise<void> = this.#nextReport();
  /** Launches that ended and are followed by another one, which is not known to anybody else yet. */
  #superseded: (() => void)[] = [];

  #handOver: () => void = () => {};
  /** Resolves when another worker could take it up by what is stored: its infrastructure is known. */
  readonly handedOver = new Promise<void>((resolve) => {
    this.#handOver = resolve;
  });

  constructor(
    readonly flowRun: FlowRun,
    readonly slot: Slot,
    readonly logger: Logger,
    readonly sinceMs: number,
  ) {}

  get id(): string {
    return this.flowRun.id;
  }

  /** Aborted when the run shall not be launched any more. */
  get cancelled(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Aborted when its infrastructure has ended, or the worker let go of it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get isCancelled(): boolean {
    return this.#cancel.signal.aborted;
  }

  /** What names its infrastructure is stored. */
  markHandedOver(): void {
    this.#handOver();
    this.#reportSuperseded();
  }

  /** Cancels it, wherever it is. Safe to call twice. */
  cancel(): void {
    if (this.isCancelled || this.ended.aborted) return;
    this.#cancel.abort(new RunCancelledError(this.id));
    this.#onCancelled();
  }

  /** What to do when it is cancelled; done at once when it is already. */
  whenCancelled(action: () => void): void {
    this.#onCancelled = action;
    if (this.isCancelled) action();
  }

  /** Resolves when the end of the present launch has been acted upon; rejects when the worker lets go of it before. */
  get reported(): Promise<void> {
    return this.#reported;
  }

  /** The end of the present launch has been acted upon. */
  markReported(): void {
    this.#reportSuperseded();
    this.#report();
  }

  /** Does something about the run after all that was asked for before; nobody need wait for it. */
  inOrder(deed: () => Promise<void>): void {
    this.#mentioned = this.#mentioned.then(deed, deed);
    this.#mentioned.catch(() => {});
  }

  /** Resolves when all of {@link inOrder} is done. */
  async inOrderDone(): Promise<void> {
    await this.#mentioned.catch(() => {});
  }

  /** The infrastructure failed, and the run is launched once more. */
  beginRelaunch(relaunch: number): void {
    this.#superseded.push(this.#report);
    this.#reported = this.#nextReport();
    this.relaunches = relaunch;
    this.progress = null;
    this.infrastructurePid = null;
    this.phase = 'submitting';
    this.whenCancelled(() => {});
  }

  #reportSuperseded(): void {
    for (const report of this.#superseded.splice(0)) report();
  }

  #nextReport(): Promise<void> {
    const next = new Promise<void>((resolve, reject) => {
      this.#report = resolve;
      this.#leaveUnreported = reject;
    });
    // A worker need not listen.
    next.catch(() => {});
    return next;
  }

  /** The infrastructure has ended. */
  markEnded(): void {
    this.phase = 'ended';
    this.#ended.abort();
  }

  /** The worker lets go of it. */
  settle(): void {
    this.#ended.abort();
    this.#leaveUnreported(new RunLeftError(this.id));
    this.slot.release();
    this.#settle();
  }

  get status(): RunStatus {
    return {
      flowRunId: this.id,
      name: this.flowRun.name,
      phase: this.phase,
      sinceMs: this.sinceMs,
      infrastructurePid: this.infrastructurePid,
      isCancelling: this.isCancelled,
      relaunches: this.relaunches,
      progress: this.progress,
    };
  }
}
