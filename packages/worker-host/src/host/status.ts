import type { Orchestrator, SecretRegistry } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from './guarded-worker.js';
import { Heartbeat } from './loops/heartbeat.js';
import { Poller } from './loops/poller.js';
import { Reconciler } from './loops/reconciler.js';
import { TakeOver } from './loops/take-over.js';
import { Readiness } from './readiness.js';
import { ActiveRuns } from './run/active-runs.js';
import type { RunStatus } from './run/run-tokens.js';
import { ServedPool } from './served-pool.js';
import type { RunSlots } from './slots.js';
import { HOST_TOKENS } from './tokens.js';
import type { WorkerHostSettings } from './worker-host-settings.js';

/** Status of a worker host, for health checks, the web page and programs that embed it. */
export interface HostStatus {
  readonly workerName: string;
  readonly workerType: string;
  readonly workPoolName: string;
  readonly controlPlane: string;
  readonly phase: 'starting' | 'working' | 'draining' | 'stopped';
  readonly startedAtMs: number;
  /** Null: none yet. */
  readonly lastPollMs: number | null;
  readonly lastHeartbeatMs: number | null;
  readonly querySeconds: number;
  readonly isPoolPaused: boolean;
  readonly slots: { readonly taken: number; readonly limit: number | null };
  readonly runs: readonly RunStatus[];
  readonly runsEnded: number;
  /** Names of stuck loops, which only a restart fixes. Empty: the worker is live. */
  readonly stuckLoops: readonly string[];
  /** Why the worker cannot reach its infrastructure, one line each; also among `problems`. */
  readonly workerProblems: readonly string[];
  /** Why the worker claims no runs, one line each. Empty: it is ready. */
  readonly problems: readonly string[];
  /** Records that the control plane cannot read, one line each. They do not make the worker not ready. */
  readonly passedOver: readonly string[];
  /** Contract violations of the plugin, one line each, the most recent first. They do not make the worker not ready. */
  readonly pluginFaults: readonly string[];
}

/** Collects the status of a worker host. */
@injectable()
export class StatusReader {
  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(ServedPool) private readonly pool: ServedPool,
    @inject(HOST_TOKENS.Slots) private readonly slots: RunSlots,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(Readiness) private readonly readiness: Readiness,
    @inject(Heartbeat) private readonly heartbeat: Heartbeat,
    @inject(Poller) private readonly poller: Poller,
    @inject(TakeOver) private readonly takeOver: TakeOver,
    @inject(Reconciler) private readonly reconciler: Reconciler,
  ) {}

  read(phase: HostStatus['phase'], startedAtMs: number): HostStatus {
    const { settings, slots, runs, worker, secrets, heartbeat, poller } = this;
    const loops = Object.entries({
      heartbeat: heartbeat.loop,
      poll: poller.loop,
      'take-over': this.takeOver.loop,
      reconcile: this.reconciler.loop,
    });
    const { problems: seen } = worker.health();
    const workerProblems = [this.readiness.problem ?? [], ...seen].flat().map((line) => secrets.redact(line));
    const gone = this.pool.isGone ? [`The work pool '${settings.workPoolName}' no longer exists`] : [];
    const { condition } = this.orchestrator;
    const problems = [
      ...gone,
      ...condition.problems,
      ...heartbeat.problems,
      ...loops.flatMap(([, { problem }]) => problem ?? []),
    ];
    return {
      workerName: settings.workerName,
      workerType: worker.type,
      workPoolName: settings.workPoolName,
      controlPlane: this.orchestrator.description,
      phase,
      startedAtMs,
      lastPollMs: poller.lastPollMs,
      lastHeartbeatMs: heartbeat.lastSuccessMs,
      querySeconds: settings.querySeconds,
      isPoolPaused: this.pool.current?.isPaused ?? false,
      slots: { taken: slots.taken, limit: slots.limit },
      runs: runs.all.map(({ status }) => status),
      runsEnded: runs.reportedCount,
      stuckLoops: loops.filter(([, { isTurning }]) => !isTurning).map(([name]) => name),
      workerProblems,
      problems: [...problems.map((line) => secrets.redact(line)), ...workerProblems],
      passedOver: condition.passedOver.map((line) => secrets.redact(line)),
      pluginFaults: worker.faults.lines.map((line) => secrets.redact(line)),
    };
  }
}
