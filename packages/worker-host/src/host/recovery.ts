import type { Attempt, FlowRun, InterruptedRun, StartedInfrastructure } from '@worker-host/core';
import { isFinalStateType } from '@worker-host/core';
import type { HostParts } from './host-parts.js';
import { isUnauthorized, isUnavailable } from './orchestrator-failure.js';
import type { RunConfigurations } from './run-configuration.js';
import type { RunKiller } from './run-killer.js';

/** How long a piece of infrastructure of another worker is left out of the comparison. */
const RECHECK_MS = 600_000;
/** Runs read in one comparison, so that it is never a burden on the control plane. */
const MOST_READS = 50;

export interface RecoveryTools {
  readonly configurations: RunConfigurations;
  readonly killer: RunKiller;
  /** Begins the life of a run that lives already, beyond the limit if need be. */
  readonly takeUp: (interrupted: InterruptedRun, infrastructurePid: string | null) => void;
}

/** What to do about infrastructure that lives without this worker watching it. */
export type StrayDecision = 'adopt' | 'stop' | 'leave';

/**
 * The policy on strays: infrastructure whose run is final is stopped; that of a run which this worker was carrying out is
 * adopted; anything else is somebody else's, or will be. A run that is not known here was deleted if the infrastructure
 * surely belongs to this very pool, and is then stopped; another control plane may have a pool of the same name.
 */
export function decideStray(run: FlowRun | null, workerName: string, isSurelyOfPool: boolean): StrayDecision {
  if (run === null) return isSurelyOfPool ? 'stop' : 'leave';
  if (run.stateType === null || isFinalStateType(run.stateType)) return 'stop';
  if (run.stateType === 'SCHEDULED' || run.stateType === 'PAUSED') return 'leave';
  return run.labels['prefect.worker.name'] === workerName ? 'adopt' : 'leave';
}

/** Brings runs and infrastructure together again, in both directions. */
export class Recovery {
  /** Infrastructure seen once with a final run; stopped when it is seen so again. */
  readonly #suspects = new Set<string>();
  readonly #checkedUntilMs = new Map<string, number>();

  constructor(
    private readonly parts: HostParts,
    private readonly tools: RecoveryTools,
  ) {}

  /** Takes up the runs that this worker's earlier process, or a worker now offline, left behind. */
  async takeOver(signal: AbortSignal): Promise<void> {
    const { orchestrator, runs, logger } = this.parts;
    for (const interrupted of await orchestrator.takeOverInterruptedRuns(signal)) {
      const { flowRun } = interrupted;
      if (runs.has(flowRun.id)) continue;
      logger.info('Takes up a run that was left behind', { flowRunId: flowRun.id, state: flowRun.stateName });
      this.tools.takeUp(interrupted, flowRun.infrastructurePid);
    }
  }

  /** Compares all that lives on the infrastructure with the runs. */
  async reconcile(signal: AbortSignal): Promise<void> {
    const { worker, runs, meter } = this.parts;
    if (!worker.capabilities.canList) return;
    const strays = (await this.#list()).filter((each) => !runs.has(each.flowRunId) && this.#mayBeOfPool(each));
    meter.gauge('worker_host_stray_infrastructure', strays.length);
    this.#forgetOthersThan(strays);
    const nowMs = this.parts.clock.monotonicMs();
    const due = strays.filter(
      ({ infrastructurePid }) => (this.#checkedUntilMs.get(infrastructurePid) ?? nowMs) <= nowMs,
    );
    for (const stray of due.slice(0, MOST_READS)) {
      signal.throwIfAborted();
      await this.#settle(stray).catch((error: unknown) => this.#tolerate(stray, error));
    }
  }

  /** One stray that cannot be dealt with does not keep the others from it. */
  #tolerate({ flowRunId, infrastructurePid }: StartedInfrastructure, error: unknown): void {
    if (isUnavailable(error) || isUnauthorized(error)) throw error;
    this.parts.logger.warn('Stray infrastructure could not be dealt with', { flowRunId, infrastructurePid, error });
  }

  async #settle(stray: StartedInfrastructure): Promise<void> {
    const { orchestrator, runs, settings, logger, clock } = this.parts;
    const { infrastructurePid, flowRunId } = stray;
    const isSurelyOfPool = (stray.workPoolId ?? null) !== null;
    const flowRun = await orchestrator.readFlowRun(flowRunId);
    if (runs.has(flowRunId)) return;
    const decision = decideStray(flowRun, settings.workerName, isSurelyOfPool);
    if (decision === 'leave') this.#checkedUntilMs.set(infrastructurePid, clock.monotonicMs() + RECHECK_MS);
    if (decision === 'adopt' && flowRun !== null) this.#adopt(flowRun, stray);
    if (decision !== 'stop') return;
    if (!this.#suspects.has(infrastructurePid)) {
      this.#suspects.add(infrastructurePid);
      return;
    }
    logger.warn('Stops infrastructure whose run is final', { flowRunId, infrastructurePid });
    const { configuration } = await this.tools.configurations.renderForStopping(flowRun);
    await this.tools.killer.killOnce(infrastructurePid, configuration, logger);
    this.parts.meter.count('worker_host_orphans_stopped_total');
  }

  #adopt(flowRun: FlowRun, { attemptId, infrastructurePid }: StartedInfrastructure): void {
    const { logger, clock } = this.parts;
    const flowRunId = flowRun.id;
    if (attemptId === null) {
      logger.warn('Cannot adopt: the attempt is not known', { flowRunId, infrastructurePid });
      return;
    }
    logger.info('Adopts infrastructure that nobody watched', { flowRunId, infrastructurePid });
    const attempt: Attempt = { flowRunId, id: attemptId, startedAtMs: clock.nowMs() };
    this.tools.takeUp({ flowRun, attempt }, infrastructurePid);
  }

  /** What is known to be another pool's is none of ours, whatever the pool is called. */
  #mayBeOfPool({ workPoolId }: StartedInfrastructure): boolean {
    const pool = this.parts.workPool();
    return (workPoolId ?? null) === null || pool === null || workPoolId === pool.id;
  }

  async #list(): Promise<readonly StartedInfrastructure[]> {
    const { runs, worker } = this.parts;
    const ofRuns = runs.all.flatMap(({ configuration }) => (configuration === null ? [] : [configuration]));
    return await worker.listInfrastructure([await this.tools.configurations.poolDefault(), ...ofRuns]);
  }

  #forgetOthersThan(strays: readonly StartedInfrastructure[]): void {
    const present = new Set(strays.map(({ infrastructurePid }) => infrastructurePid));
    for (const pid of this.#suspects) if (!present.has(pid)) this.#suspects.delete(pid);
    for (const pid of this.#checkedUntilMs.keys()) if (!present.has(pid)) this.#checkedUntilMs.delete(pid);
  }
}
