import type {
  BaseJobConfiguration,
  Logger,
  Orchestrator,
  OrchestratorListener,
  SecretRegistry,
  SecretScope,
  WorkPool,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from './guarded-worker.js';
import { Poller } from './loops/poller.js';
import { TakeOver } from './loops/take-over.js';
import { ActiveRuns } from './run/active-runs.js';
import { InfrastructureStopper } from './run/infrastructure-stopper.js';
import { RunConfigurations } from './run/run-configuration.js';
import { ServedPool } from './served-pool.js';
import { type FatalHandler, HOST_TOKENS } from './tokens.js';

type TeardownRequest = Parameters<OrchestratorListener['onTeardown']>[0];

/** Executes requests of the control plane to the worker. */
@injectable()
export class ControlRequests implements OrchestratorListener {
  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(HOST_TOKENS.OnFatal) private readonly onFatal: FatalHandler,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(ServedPool) private readonly pool: ServedPool,
    @inject(Poller) private readonly poller: Poller,
    @inject(TakeOver) private readonly takeOver: TakeOver,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(InfrastructureStopper) private readonly stopper: InfrastructureStopper,
  ) {}

  /** Cancels an active run; takes over a run without a live owner, and cancels it then. */
  onCancelling(flowRunId: string): void {
    const run = this.runs.get(flowRunId);
    if (run === undefined) this.takeOver.loop.wake();
    else run.cancel('ordered');
  }

  onWorkPool(workPool: WorkPool | null): void {
    try {
      this.pool.accept(workPool);
    } catch (error) {
      this.onFatal(error);
    }
  }

  onWorkAvailable(): void {
    this.poller.loop.wake();
  }

  /** Stops the remaining infrastructure of a run. Rejects on failure. */
  async onTeardown(request: TeardownRequest): Promise<void> {
    const secrets = this.secrets.scope();
    try {
      await this.#tearDown(request, secrets);
    } finally {
      // The caller logs a failure in this turn, and its text may quote the configuration.
      setImmediate(() => secrets.dispose());
    }
  }

  async #tearDown({ flowRunId, infrastructurePid, isCancelled }: TeardownRequest, secrets: SecretScope): Promise<void> {
    const run = this.runs.get(flowRunId);
    run?.cancel(isCancelled ? 'ordered' : 'over');
    const flowRun = run?.flowRun ?? (await this.orchestrator.readFlowRun(flowRunId));
    const configuration =
      run?.configuration ?? (await this.configurations.renderForStopping(flowRun, secrets)).configuration;
    const known = infrastructurePid ?? run?.infrastructurePid ?? flowRun?.infrastructurePid ?? null;
    const pid = known ?? (await this.#find(flowRunId, configuration));
    if (pid !== null) await this.stopper.stopOnce(pid, configuration, this.logger.child({ flowRunId }));
  }

  async #find(flowRunId: string, configuration: BaseJobConfiguration): Promise<string | null> {
    if (!this.worker.capabilities.canList) return null;
    const all = await this.worker.listInfrastructure([configuration], await this.orchestrator.launchPlaces());
    return all.find((each) => each.flowRunId === flowRunId)?.infrastructurePid ?? null;
  }
}
