import { setMaxListeners } from 'node:events';
import type { Orchestrator, OrchestratorListener } from '@worker-host/core';
import { aborted } from './aborted.js';
import { type AssembledHost, assembleHost } from './assemble-host.js';
import { retryMs } from './back-off.js';
import type { CreateWorkerHostOptions } from './create-options.js';
import { drainRuns } from './drain.js';
import type { DrainMode, WorkerHostSettings } from './host-options.js';
import { type HostStatus, hostStatus } from './host-status.js';
import { Loop } from './loop.js';
import { isUnavailable } from './orchestrator-failure.js';
import { HostLetsGoError, WorkPoolNotFoundError } from './run-errors.js';
import { type EventSpeaker, workerStarted, workerStopped } from './worker-events.js';

/** Time that a plugin gets to let go of its runs. */
const LET_GO_SECONDS = 10;

/** How a worker host ended, when it ended well. */
export interface HostOutcome {
  readonly reason: 'stopped' | 'run-once';
  /** Runs that this host saw end. */
  readonly runsEnded: number;
  /** Runs that go on without it; the next worker takes them up. */
  readonly runsLeft: number;
}

interface Loops {
  readonly sync: Loop;
  readonly poll: Loop;
  readonly takeOver: Loop;
  readonly reconcile: Loop;
}

/**
 * Serves one work pool with one worker: signs of life, polls, recovery, drain. The life of a single run is told in
 * `run-lifecycle.ts`.
 */
export class WorkerHost {
  readonly settings: WorkerHostSettings;
  readonly #host: AssembledHost;
  /** Aborted: nothing new is begun. */
  readonly #claiming = new AbortController();
  /** Aborted: no run is watched any more. */
  readonly #watching = new AbortController();
  readonly #loops: Loops;
  readonly #orchestrator: Orchestrator;
  #drain: DrainMode;
  #fatal: { readonly error: unknown } | null = null;
  #phase: HostStatus['phase'] = 'starting';
  #run: Promise<HostOutcome> | null = null;
  #lastSyncMs: number | null = null;
  #startedEventId: string | null = null;
  readonly #startedAtMs: number;

  constructor(options: CreateWorkerHostOptions) {
    // Every run listens to them, so that many listeners are no leak.
    setMaxListeners(0, this.#claiming.signal, this.#watching.signal);
    this.#host = assembleHost(options, {
      watching: this.#watching.signal,
      onFatal: (error) => this.#fail(error),
      onSlotFree: () => this.#slotFreed(),
    });
    this.settings = this.#host.parts.settings;
    this.#drain = this.settings.drain;
    this.#orchestrator = options.orchestrator;
    this.#startedAtMs = this.#host.clock.nowMs();
    const { querySeconds, heartbeatSeconds, recoverySeconds, reconcileSeconds } = this.settings;
    this.#loops = {
      sync: this.#loop('sync', heartbeatSeconds),
      poll: this.#loop('poll', querySeconds),
      takeOver: this.#loop('take over', recoverySeconds),
      reconcile: this.#loop('reconcile', reconcileSeconds),
    };
  }

  /**
   * Starts and works until it is stopped, or, with run-once, until all it took has ended.
   * A second call gives the first one's outcome.
   *
   * @throws what ended it: a refused credential, a pool that is not there or of another type, a failed setup.
   */
  run(): Promise<HostOutcome> {
    this.#run ??= this.#wholeLife();
    return this.#run;
  }

  /**
   * Stops claiming, then leaves or awaits the runs alive. A second call lets go of them at once. Nothing is lost either
   * way: what is not reported yet is taken up by the next worker.
   *
   * @param mode default: as the settings say.
   */
  stop(mode: DrainMode = this.settings.drain): void {
    if (this.#claiming.signal.aborted) {
      this.#letGo();
      return;
    }
    this.#host.logger.info('Stops claiming runs', { drain: mode, alive: this.#host.parts.runs.size });
    this.#drain = mode;
    this.#phase = 'draining';
    this.#claiming.abort();
  }

  get status(): HostStatus {
    return hostStatus(this.#host, {
      phase: this.#phase,
      startedAtMs: this.#startedAtMs,
      lastSyncMs: this.#lastSyncMs,
      loopProblems: Object.values(this.#loops).flatMap(({ problem }) => problem ?? []),
    });
  }

  async #wholeLife(): Promise<HostOutcome> {
    const { parts, logger } = this.#host;
    try {
      await parts.worker.setup();
      if (await this.#open()) await this.#work();
      const runsLeft = parts.runs.size;
      if (this.#fatal !== null) throw this.#fatal.error;
      const reason = this.settings.isRunOnce && !this.#claiming.signal.aborted ? 'run-once' : 'stopped';
      return { reason, runsEnded: parts.runs.endedCount, runsLeft };
    } finally {
      this.#letGo();
      await this.#runsLetGo();
      this.#phase = 'stopped';
      if (this.#startedEventId !== null) this.#orchestrator.emit(workerStopped(this.#speaker, this.#startedEventId));
      await parts.worker.teardown();
      await this.#host.dispose().catch((error: unknown) => logger.error('Could not dispose of the plugin', { error }));
      await this.#orchestrator
        .close()
        .catch((error: unknown) => logger.error('Could not close the control plane', { error }));
    }
  }

  /** Connects and reads the pool, again and again while the control plane is away. False: stopped meanwhile. */
  async #open(): Promise<boolean> {
    const { clock, logger, pool } = this.#host;
    const { workPoolName, isRunOnce } = this.settings;
    let isOpen = false;
    for (let failures = 0; !this.#claiming.signal.aborted; ) {
      try {
        if (!isOpen) await this.#orchestrator.open(this.#identity, this.#poolRequest, this.#listener);
        isOpen = true;
        await this.#sync();
        if (pool.current === null) throw new WorkPoolNotFoundError(workPoolName, this.#orchestrator.description);
        return true;
      } catch (error) {
        if (isRunOnce || !isUnavailable(error)) throw error;
        failures += 1;
        if (failures === 1) logger.warn('The control plane is not available; the worker waits for it', { error });
        await clock.sleep(retryMs(failures, clock), this.#claiming.signal).catch(() => {});
      }
    }
    return false;
  }

  async #work(): Promise<void> {
    const { parts, recovery, logger } = this.#host;
    this.#phase = 'working';
    this.#startedEventId = this.#orchestrator.emit(workerStarted(this.#speaker));
    logger.info('Serves the pool', {
      pool: this.settings.workPoolName,
      worker: this.settings.workerName,
      type: parts.worker.type,
      at: this.#orchestrator.description,
    });
    const { signal } = this.#claiming;
    this.#host.anticipation.beginAtStart();
    await this.#loops.takeOver.round(() => recovery.takeOver(signal));
    if (this.settings.isRunOnce) {
      await this.#workOnce();
      return;
    }
    await Promise.all([
      this.#loops.poll.run(() => this.#pollRound()),
      this.#loops.sync.run(() => this.#sync(), 'later'),
      this.#loops.takeOver.run(() => recovery.takeOver(signal), 'later'),
      this.#loops.reconcile.run(() => recovery.reconcile(signal), 'now'),
      this.#keepAliveWhileDraining(),
    ]);
  }

  /** One sync (done), one poll, then all that was taken to its end. */
  async #workOnce(): Promise<void> {
    const { parts, poller } = this.#host;
    const stopHeartbeat = new AbortController();
    const heartbeat = this.#loop('sync', this.settings.heartbeatSeconds, stopHeartbeat.signal);
    await poller.poll(this.#claiming.signal);
    const beating = heartbeat.run(() => this.#sync(), 'later');
    await Promise.race([parts.runs.allSettled(), aborted(this.#claiming.signal)]);
    if (this.#claiming.signal.aborted) await this.#drainNow();
    stopHeartbeat.abort();
    await beating;
  }

  /** Once claiming has stopped, the runs are drained; signs of life go on as long as that takes. */
  async #keepAliveWhileDraining(): Promise<void> {
    await aborted(this.#claiming.signal);
    if (this.#watching.signal.aborted) return;
    const drained = new AbortController();
    const heartbeat = this.#loop('sync', this.settings.heartbeatSeconds, drained.signal);
    const beating = heartbeat.run(() => this.#sync(), 'later');
    await this.#drainNow();
    drained.abort();
    await beating;
  }

  async #drainNow(): Promise<void> {
    const { parts } = this.#host;
    await drainRuns(parts.runs, this.#drain, {
      clock: this.#host.clock,
      deadlineSeconds: this.settings.drainDeadlineSeconds,
      letGo: this.#watching.signal,
    });
    if (parts.runs.size > 0) this.#host.logger.info('Leaves runs to the next worker', { runs: parts.runs.size });
  }

  /** A plugin that does not heed its signal cannot hold the host for ever. */
  async #runsLetGo(): Promise<void> {
    const { parts, clock, logger } = this.#host;
    const settled = new AbortController();
    const patience = clock.sleep(LET_GO_SECONDS * 1000, settled.signal).catch(() => {});
    await Promise.race([parts.runs.allSettled(), patience]);
    settled.abort();
    if (parts.runs.size > 0) logger.warn('The plugin does not let go of runs', { runs: parts.runs.size });
  }

  async #pollRound(): Promise<void> {
    if (await this.#host.poller.poll(this.#claiming.signal)) this.#loops.poll.wake();
  }

  async #sync(): Promise<void> {
    const { pool, clock, parts } = this.#host;
    pool.accept(await this.#orchestrator.sync(this.#watching.signal));
    this.#lastSyncMs = clock.nowMs();
    if (pool.isGone && parts.runs.size === 0)
      this.#fail(new WorkPoolNotFoundError(this.settings.workPoolName, this.#orchestrator.description));
  }

  get #listener(): OrchestratorListener {
    const { cancellation, pool, logger } = this.#host;
    return {
      onCancelling: (flowRunId) => {
        cancellation
          .cancel(flowRunId)
          .catch((error: unknown) => logger.warn('A cancellation could not be carried out', { flowRunId, error }));
      },
      onWorkPool: (workPool) => {
        try {
          pool.accept(workPool);
        } catch (error) {
          this.#fail(error);
        }
      },
      onWorkAvailable: () => this.#loops.poll.wake(),
      onTeardown: (request) => cancellation.tearDown(request),
    };
  }

  #slotFreed(): void {
    if (this.#host.poller.mayHaveMore) this.#loops.poll.wake();
  }

  /** Ends the worker for good; what runs is left to the next one. */
  #fail(error: unknown): void {
    this.#fatal ??= { error };
    this.#claiming.abort();
    this.#letGo();
  }

  #letGo(): void {
    this.#claiming.abort();
    if (!this.#watching.signal.aborted) this.#watching.abort(new HostLetsGoError());
  }

  #loop(name: string, intervalSeconds: number, signal: AbortSignal = this.#claiming.signal): Loop {
    const { clock, logger } = this.#host;
    const onFatal = (error: unknown): void => this.#fail(error);
    return new Loop({ name, intervalMs: intervalSeconds * 1000, clock, logger, signal, onFatal });
  }

  get #identity() {
    const { workerName, workPoolName, workQueueNames, heartbeatSeconds } = this.settings;
    const { type } = this.#host.parts.worker;
    return { name: workerName, type, workPoolName, workQueueNames, heartbeatIntervalSeconds: heartbeatSeconds };
  }

  get #poolRequest() {
    const { template } = this.#host.pool;
    return { createIfNotFound: this.settings.createPoolIfNotFound, defaultBaseJobTemplate: template };
  }

  get #speaker(): EventSpeaker {
    const { pool, parts } = this.#host;
    const { prefectVersion } = this.#orchestrator;
    const { workerName } = this.settings;
    return { workerName, workerType: parts.worker.type, prefectVersion, workPool: pool.current };
  }
}
