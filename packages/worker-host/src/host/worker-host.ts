import type { Clock, EventSink, Logger, Orchestrator } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { ControlRequests } from './control-requests.js';
import { drainRuns } from './drain.js';
import { isFatal, isUnavailable } from './failure.js';
import { GuardedWorker } from './guarded-worker.js';
import { Heartbeat } from './loops/heartbeat.js';
import { StartOrder } from './loops/start-order.js';
import { type RetryPolicy, retryMs } from './retry.js';
import { ActiveRuns } from './run/active-runs.js';
import { OutputTails } from './run/output-tails.js';
import { HostStopsWatchingError, WorkPoolNotFoundError } from './run/run-errors.js';
import type { RunObserver } from './run-observer.js';
import { ServedPool } from './served-pool.js';
import { type HostStatus, StatusReader } from './status.js';
import { HOST_TOKENS } from './tokens.js';
import { within } from './within.js';
import { type EventSpeaker, workerStarted, workerStopped } from './worker-events.js';
import type { DrainMode, WorkerHostSettings } from './worker-host-settings.js';

/** Time for runs to finish after they are released. */
const RELEASE_SECONDS = 2;
/** Time for the control plane to send buffered data. */
const CLOSE_SECONDS = 3;

/** Outcome of a worker host that ended without an error. */
export interface HostOutcome {
  readonly reason: 'stopped' | 'run-once';
  /** Number of runs whose final state this host reported. */
  readonly runsEnded: number;
  /** Number of runs that continue and are offered to the next worker. */
  readonly runsLeft: number;
}

/**
 * Serves one work pool with one worker: starts its loops, and ends them in order. `run/run-machine.ts` decides about single runs.
 */
@injectable()
export class WorkerHost {
  /** Aborted: nothing new is started. */
  readonly #claiming = new AbortController();
  /** Aborted: the drain ends, and runs are released. */
  readonly #leaving = new AbortController();
  /** Aborted: heartbeats end. */
  readonly #beating = new AbortController();
  #drain: DrainMode;
  #fatal: { readonly error: unknown } | null = null;
  #phase: HostStatus['phase'] = 'starting';
  #run: Promise<HostOutcome> | null = null;
  #startedEventId: string | null = null;
  readonly #startedAtMs: number;

  constructor(
    @inject(HOST_TOKENS.Settings) readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
    @inject(HOST_TOKENS.RetryPolicy) private readonly retryPolicy: RetryPolicy,
    @inject(HOST_TOKENS.Events) private readonly events: EventSink,
    @inject(HOST_TOKENS.RunObserver) private readonly observer: RunObserver,
    @inject(HOST_TOKENS.Dispose) private readonly disposeParts: () => Promise<void>,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(ServedPool) private readonly pool: ServedPool,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(OutputTails) private readonly tails: OutputTails,
    @inject(Heartbeat) private readonly heartbeat: Heartbeat,
    @inject(StartOrder) private readonly loops: StartOrder,
    @inject(ControlRequests) private readonly requests: ControlRequests,
    @inject(StatusReader) private readonly statusReader: StatusReader,
  ) {
    this.#drain = settings.drain;
    this.#startedAtMs = clock.nowMs();
  }

  /**
   * Starts the worker and runs until it is stopped, or, with run-once, until all claimed runs have ended. A second call returns
   * the outcome of the first.
   *
   * @throws the error that ended it: rejected credentials, a pool that does not exist or has another type, a name in use, a
   * failed setup.
   */
  run(): Promise<HostOutcome> {
    this.#run ??= this.#live();
    return this.#run;
  }

  /**
   * Stops claiming, then releases or awaits the active runs. A second call releases them immediately. The next worker resumes
   * runs that are not reported yet.
   *
   * @param mode default: that of the settings.
   */
  stop(mode: DrainMode = this.settings.drain): void {
    if (this.#claiming.signal.aborted) {
      this.#leaving.abort();
      return;
    }
    this.logger.info('Stopping: no more runs are claimed', { drain: mode, active: this.runs.size });
    this.#drain = mode;
    this.#phase = 'draining';
    this.#claiming.abort(new HostStopsWatchingError());
    if (mode === 'leave') for (const run of this.runs.all) run.drain();
  }

  /** Ends the worker for a failure for which retrying cannot succeed; its runs are released. */
  fail(error: unknown): void {
    this.#fatal ??= { error };
    this.#claiming.abort(new HostStopsWatchingError());
    this.#leaving.abort();
  }

  /**
   * Handles an uncaught error of this process if the plugin threw it: records it, and fails the call that it belongs to. Call it
   * from the listeners of the process.
   *
   * @returns false if the plugin did not throw it.
   */
  takeUnhandled(error: unknown, origin: 'uncaughtException' | 'unhandledRejection'): boolean {
    return this.worker.faults.take(error, origin);
  }

  get status(): HostStatus {
    return this.statusReader.read(this.#phase, this.#startedAtMs);
  }

  async #live(): Promise<HostOutcome> {
    let runsLeft = 0;
    try {
      if ((await this.#setUp()) && (await this.#open())) await this.#work();
      runsLeft = this.runs.size;
      if (this.#fatal !== null) throw this.#fatal.error;
      const reason = this.settings.isRunOnce && !this.#claiming.signal.aborted ? 'run-once' : 'stopped';
      return { reason, runsEnded: this.runs.reportedCount, runsLeft };
    } finally {
      await this.#end();
    }
  }

  /** False: stopped meanwhile. */
  async #setUp(): Promise<boolean> {
    const { signal } = this.#claiming;
    try {
      await this.worker.setup(signal);
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  /** Connects and reads the pool, with retries while the control plane is unavailable. False: stopped meanwhile. */
  async #open(): Promise<boolean> {
    const { clock, logger, pool, settings, orchestrator } = this;
    const { signal } = this.#claiming;
    let isOpen = false;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (!isOpen) await unlessAborted(orchestrator.open(this.#identity, this.#poolRequest, this.requests), signal);
        isOpen = true;
        await unlessAborted(this.heartbeat.beat(signal), signal);
        if (pool.current === null) throw new WorkPoolNotFoundError(settings.workPoolName, orchestrator.description);
        return true;
      } catch (error) {
        if (signal.aborted) break;
        if (settings.isRunOnce || isFatal(error) || !isUnavailable(error)) throw error;
        failures += 1;
        const waitMs = retryMs(this.retryPolicy, failures, clock);
        if (failures === 1)
          logger.warn('Connecting to the control plane failed; retrying until it succeeds', { error });
        await clock.sleep(waitMs, signal).catch(() => {});
      }
    }
    return false;
  }

  async #work(): Promise<void> {
    const { logger, settings, heartbeat } = this;
    this.#phase = 'working';
    this.#startedEventId = this.events.emit(workerStarted(this.#speaker));
    logger.info('Serving the work pool', {
      pool: settings.workPoolName,
      worker: settings.workerName,
      type: this.worker.type,
      at: this.orchestrator.description,
    });
    const { signal } = this.#claiming;
    const beating = heartbeat.loop.run((round) => heartbeat.beat(round), this.#beating.signal, 'later');
    try {
      if (settings.isRunOnce) {
        await this.loops.runOnce(signal);
        await Promise.race([this.runs.allFinished(), whenAborted(signal)]);
        if (signal.aborted) await this.#drainRuns();
      } else {
        await this.loops.run(signal);
        await this.#drainRuns();
      }
    } finally {
      this.#beating.abort();
      await beating;
    }
  }

  async #drainRuns(): Promise<void> {
    const { signal } = this.#leaving;
    const { drainDeadlineSeconds: deadlineSeconds } = this.settings;
    await drainRuns(this.runs, this.#drain, { clock: this.clock, deadlineSeconds, signal });
    if (this.runs.size > 0) this.logger.info('Releasing runs to the next worker', { runs: this.runs.size });
  }

  /** Releases the remaining runs and closes all parts, each within a time limit, so that a part that hangs delays no other. */
  async #end(): Promise<void> {
    const { clock, logger, orchestrator } = this;
    this.#claiming.abort(new HostStopsWatchingError());
    this.#beating.abort();
    for (const run of this.runs.all) run.stop();
    await within(clock, RELEASE_SECONDS, this.runs.allFinished(), () => new Error()).catch(() =>
      logger.warn('Runs could not be released in time', { runs: this.runs.size }),
    );
    await this.#close('Reading the last lines of output', () => this.tails.close());
    this.#phase = 'stopped';
    if (this.#startedEventId !== null) this.events.emit(workerStopped(this.#speaker, this.#startedEventId));
    await this.#close('Reading the ends of runs', () => this.observer.settled());
    await this.worker.teardown();
    await this.#close('Disposing of the parts', () => this.disposeParts());
    await this.#close('Closing the control plane', () => orchestrator.close());
  }

  async #close(what: string, close: () => Promise<void>): Promise<void> {
    const onLimit = (): Error => new Error(`${what} did not finish within ${CLOSE_SECONDS} s`);
    await within(this.clock, CLOSE_SECONDS, close(), onLimit).catch((error: unknown) =>
      this.logger.error(`${what} failed`, { error }),
    );
  }

  get #identity() {
    const { workerName, workPoolName, workQueueNames, heartbeatSeconds, limit } = this.settings;
    const { type } = this.worker;
    const heartbeatIntervalSeconds = heartbeatSeconds;
    return { name: workerName, type, workPoolName, workQueueNames, heartbeatIntervalSeconds, limit };
  }

  get #poolRequest() {
    const { template } = this.pool;
    return { createIfNotFound: this.settings.createPoolIfNotFound, defaultBaseJobTemplate: template };
  }

  get #speaker(): EventSpeaker {
    const { prefectVersion } = this.orchestrator;
    return {
      workerName: this.settings.workerName,
      workerType: this.worker.type,
      prefectVersion,
      workPool: this.pool.current,
    };
  }
}

/** Resolves when the signal is aborted; immediately, if it already is. */
function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Settles as the promise does, or rejects with the signal's reason when it is aborted first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
