import {
  type Clock,
  type FlowRun,
  isFinalStateType,
  type LaunchPlace,
  type Logger,
  type Meter,
  type Orchestrator,
  type SecretRegistry,
  type SecretScope,
  type StartedInfrastructure,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { isUnauthorized, isUnavailable } from '../failure.js';
import { GuardedWorker } from '../guarded-worker.js';
import { pauseMs, type RetryPolicy } from '../retry.js';
import type { ActiveRun } from '../run/active-run.js';
import { ActiveRuns } from '../run/active-runs.js';
import { InfrastructureStopper } from '../run/infrastructure-stopper.js';
import { RunConfigurations } from '../run/run-configuration.js';
import { ServedPool } from '../served-pool.js';
import { type FatalHandler, HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { Loop } from './loop.js';

/** Maximum number of orphans judged per round, to limit the load on the control plane. */
const MOST_CHECKS = 50;
/** Of thousands of runs, only a page is in memory. */
const READ_AT_ONCE = 200;
const DEADLINE_MS = 300_000;

/** What to do about infrastructure without an active run of this worker. */
export type OrphanDecision = 'stop' | 'leave';

/**
 * The policy on orphans. Infrastructure that a live worker owns is never stopped. Infrastructure of a final run is
 * stopped, and so is that of a run that does not exist, if it certainly belongs to this very pool: another control
 * plane can have a pool of the same name. A run that must continue is taken over by the take-over loop.
 */
export function decideOrphan(
  run: FlowRun | null,
  owner: 'us' | 'another' | 'nobody',
  isSurelyOfPool: boolean,
): OrphanDecision {
  if (run === null) return isSurelyOfPool ? 'stop' : 'leave';
  if (owner === 'another') return 'leave';
  return run.stateType === null || isFinalStateType(run.stateType) ? 'stop' : 'leave';
}

/** Compares the control plane with the infrastructure in both directions, and acts on what it finds twice. */
@injectable()
export class Reconciler {
  readonly loop: Loop;
  /** Active runs found final or deleted once. */
  readonly #finalOnce = new Set<string>();
  /** Orphans whose run was found final or deleted once. */
  readonly #suspects = new Set<string>();
  /** Orphan with which the next round begins, if there are many. */
  #nextAt = 0;

  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Clock) clock: Clock,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
    @inject(HOST_TOKENS.Meter) private readonly meter: Meter,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(HOST_TOKENS.RetryPolicy) policy: RetryPolicy,
    @inject(HOST_TOKENS.OnFatal) onFatal: FatalHandler,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(ServedPool) private readonly pool: ServedPool,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(InfrastructureStopper) private readonly stopper: InfrastructureStopper,
  ) {
    const intervalMs = settings.reconcileSeconds * 1000;
    this.loop = new Loop({
      id: 'reconcile',
      name: 'Reconciling runs and infrastructure',
      // Readiness reports a failed comparison, so it does not wait for the next one.
      pause: (failures) =>
        pauseMs(policy, failures === 0 ? intervalMs : Math.min(intervalMs, policy.longestLoopMs), failures, clock),
      deadlineMs: DEADLINE_MS,
      clock,
      logger,
      meter: this.meter,
      onFatal,
    });
  }

  async reconcile(signal: AbortSignal): Promise<void> {
    await this.#checkActiveRuns(signal);
    if (this.worker.capabilities.canList) await this.#checkOrphans(signal);
  }

  /** A run that was made final or deleted from outside keeps its infrastructure until it is stopped here. */
  async #checkActiveRuns(signal: AbortSignal): Promise<void> {
    const launched = this.runs.all.filter(({ infrastructurePid }) => infrastructurePid !== null);
    for (const id of this.#finalOnce) if (!launched.some((run) => run.id === id)) this.#finalOnce.delete(id);
    for (let from = 0; from < launched.length; from += READ_AT_ONCE) {
      const page = launched.slice(from, from + READ_AT_ONCE);
      const read = await this.orchestrator.readFlowRuns(
        page.map(({ id }) => id),
        signal,
      );
      for (const run of page) this.#checkActiveRun(run, read.get(run.id) ?? null);
    }
  }

  #checkActiveRun(run: ActiveRun, flowRun: FlowRun | null): void {
    if (flowRun?.stateType === 'CANCELLING') run.cancel('ordered');
    const isOver = flowRun === null || flowRun.stateType === null || isFinalStateType(flowRun.stateType);
    if (!isOver || !this.settings.stopFinalRuns) {
      this.#finalOnce.delete(run.id);
      return;
    }
    if (!this.#finalOnce.has(run.id)) {
      this.#finalOnce.add(run.id);
      return;
    }
    const what = flowRun === null ? 'was deleted' : `is ${flowRun.stateName ?? flowRun.stateType}`;
    run.logger.warn(`Stopping the infrastructure: the run ${what}, but its job is still running`);
    run.cancel(flowRun?.stateType === 'CANCELLED' ? 'ordered' : 'over');
  }

  async #checkOrphans(signal: AbortSignal): Promise<void> {
    const orphans = (await this.#list(signal)).filter(
      (each) => !this.runs.has(each.flowRunId) && this.#mayBeOfPool(each),
    );
    this.meter.gauge('worker_host_orphaned_infrastructure', orphans.length);
    const mayBeOver = await this.#withoutLiveRun(orphans, signal);
    this.#forgetOthersThan(mayBeOver);
    for (const orphan of this.#inTurn(mayBeOver)) {
      signal.throwIfAborted();
      const secrets = this.secrets.scope();
      try {
        await this.#checkOrphan(orphan, secrets);
      } catch (error) {
        this.#tolerate(orphan, error);
      } finally {
        secrets.dispose();
      }
    }
  }

  /** Returns as many orphans as a round checks, the next ones in each round. */
  #inTurn(orphans: readonly StartedInfrastructure[]): readonly StartedInfrastructure[] {
    const from = this.#nextAt < orphans.length ? this.#nextAt : 0;
    this.#nextAt = from + MOST_CHECKS;
    return [...orphans.slice(from), ...orphans.slice(0, from)].slice(0, MOST_CHECKS);
  }

  /** Most orphans are jobs of other workers, whose runs continue: one read of all runs identifies them. */
  async #withoutLiveRun(
    orphans: readonly StartedInfrastructure[],
    signal: AbortSignal,
  ): Promise<readonly StartedInfrastructure[]> {
    if (orphans.length === 0) return [];
    const runs = await this.orchestrator.readFlowRuns([...new Set(orphans.map(({ flowRunId }) => flowRunId))], signal);
    return orphans.filter(({ flowRunId, workPoolId }) => {
      const run = runs.get(flowRunId);
      if (run === undefined) return (workPoolId ?? null) !== null;
      return run.stateType === null || isFinalStateType(run.stateType);
    });
  }

  async #checkOrphan(orphan: StartedInfrastructure, secrets: SecretScope): Promise<void> {
    const { infrastructurePid, flowRunId, workPoolId } = orphan;
    const flowRun = await this.orchestrator.readFlowRun(flowRunId);
    const owner = flowRun === null ? 'nobody' : await this.orchestrator.ownerOf(flowRun);
    if (this.runs.has(flowRunId)) return;
    if (decideOrphan(flowRun, owner, (workPoolId ?? null) !== null) === 'leave') {
      this.#suspects.delete(infrastructurePid);
      return;
    }
    if (!this.#suspects.has(infrastructurePid)) {
      this.#suspects.add(infrastructurePid);
      return;
    }
    this.logger.warn('Stopping orphaned infrastructure: its run is over and no worker owns it', {
      flowRunId,
      infrastructurePid,
    });
    const { configuration } = await this.configurations.renderForStopping(flowRun, secrets);
    await this.stopper.stopOnce(infrastructurePid, configuration, this.logger);
    this.meter.count('worker_host_orphans_stopped_total');
  }

  /** A failing orphan does not prevent handling the others. */
  #tolerate({ flowRunId, infrastructurePid }: StartedInfrastructure, error: unknown): void {
    if (isUnavailable(error) || isUnauthorized(error)) throw error;
    this.logger.warn('Checking orphaned infrastructure failed', { flowRunId, infrastructurePid, error });
  }

  /** Infrastructure of another pool is not ours, even if the pools have the same name. */
  #mayBeOfPool({ workPoolId }: StartedInfrastructure): boolean {
    const pool = this.pool.current;
    return (workPoolId ?? null) === null || pool === null || workPoolId === pool.id;
  }

  /** Returns where the pool's template launches, where active runs are, and where runs were launched earlier. */
  async #list(signal: AbortSignal): Promise<readonly StartedInfrastructure[]> {
    const { all } = this.runs;
    const ofRuns = all.flatMap(({ configuration }) => (configuration === null ? [] : [configuration]));
    const earlier = await this.orchestrator.launchPlaces(signal);
    const places = new Map<string, LaunchPlace>();
    for (const place of [...this.runs.launchPlaces, ...earlier]) places.set(JSON.stringify(place), place);
    return await this.worker.listInfrastructure(
      [await this.configurations.poolDefault(), ...ofRuns],
      [...places.values()],
    );
  }

  #forgetOthersThan(orphans: readonly StartedInfrastructure[]): void {
    const present = new Set(orphans.map(({ infrastructurePid }) => infrastructurePid));
    for (const pid of this.#suspects) if (!present.has(pid)) this.#suspects.delete(pid);
  }
}
