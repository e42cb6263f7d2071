import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, InterruptedRun, Logger, Meter, Orchestrator } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { Readiness } from '../readiness.js';
import { pauseMs, type RetryPolicy } from '../retry.js';
import type { ActiveRun } from '../run/active-run.js';
import { ActiveRuns } from '../run/active-runs.js';
import { isDeadly } from '../run/deadly-run.js';
import { RunManager } from '../run/run-manager.js';
import { type FatalHandler, HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { Loop } from './loop.js';

/** Maximum number of runs per request. */
const BATCH = 100;
const DEADLINE_MS = 120_000;

/** Takes over the runs of dead workers, of this worker's earlier processes, and released ones. */
@injectable()
export class TakeOver {
  readonly loop: Loop;
  /** The run that is launched alone, because workers died with it. */
  #suspect: ActiveRun | null = null;

  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Clock) clock: Clock,
    @inject(HOST_TOKENS.Meter) meter: Meter,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
    @inject(HOST_TOKENS.RetryPolicy) policy: RetryPolicy,
    @inject(HOST_TOKENS.OnFatal) onFatal: FatalHandler,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(RunManager) private readonly manager: RunManager,
    @inject(Readiness) private readonly readiness: Readiness,
  ) {
    const intervalMs = settings.recoverySeconds * 1000;
    this.loop = new Loop({
      id: 'take-over',
      name: 'Taking over interrupted runs',
      pause: (failures) => pauseMs(policy, intervalMs, failures, clock),
      deadlineMs: DEADLINE_MS,
      clock,
      logger,
      meter,
      onFatal,
    });
  }

  /** Takes over all runs. A worker that cannot reach its infrastructure leaves them to others. */
  async takeOver(signal: AbortSignal): Promise<void> {
    for (let isLast = false; !isLast && this.readiness.problem === null && !signal.aborted; ) {
      const found = await this.orchestrator.takeOverInterruptedRuns({ limit: BATCH, signal });
      const suspects = found.filter((each) => this.#isSuspect(each));
      const isBusy = this.#suspect !== null && this.#suspect.launchPlace === null;
      const alone = isBusy ? undefined : suspects[0];
      // The others are released and wait, so that the death of this worker is not counted for them.
      for (const { lease } of suspects.filter((each) => each !== alone)) await lease.release('failed');
      for (const interrupted of found) {
        if (suspects.includes(interrupted) && interrupted !== alone) continue;
        const { flowRun, lease } = interrupted;
        const inHand = this.runs.get(flowRun.id);
        if (inHand !== undefined) {
          // Its own lease is lost, so it ends here; the next search grants the run to any worker that asks.
          inHand.checkLease();
          await lease.release('failed');
        } else if (signal.aborted) await lease.release('worker-stopping');
        else {
          this.logger.info('Resuming a run of an earlier owner', { flowRunId: flowRun.id, state: flowRun.stateName });
          const run = this.manager.resume(interrupted);
          if (interrupted === alone) this.#launchAlone(run);
        }
      }
      isLast = found.length < BATCH || suspects.length > (alone === undefined ? 0 : 1);
      // A control plane that answers without waiting must not make all runs begin at once, before any other loop has its turn.
      if (!isLast) await turn();
    }
  }

  /**
   * Returns whether one more death would end the run as Crashed: it is launched alone, so that no other run is blamed.
   */
  #isSuspect({ deaths, launch, infrastructurePid, flowRun }: InterruptedRun): boolean {
    const isUnlaunched = launch === null && infrastructurePid === null && flowRun.stateType !== 'CANCELLING';
    return isUnlaunched && isDeadly(deaths + 1, this.settings) && !isDeadly(deaths, this.settings);
  }

  #launchAlone(run: ActiveRun): void {
    this.#suspect = run;
    void Promise.race([run.finished, run.handedOver.catch(() => {})]).then(() => {
      if (this.#suspect === run) this.#suspect = null;
      this.loop.wake();
    });
  }
}
