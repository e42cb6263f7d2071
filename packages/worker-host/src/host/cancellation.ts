import type { BaseJobConfiguration, FlowRun } from '@worker-host/core';
import type { HostParts } from './host-parts.js';
import type { RunConfigurations } from './run-configuration.js';
import { decideCancelledBeforeLaunch } from './run-decisions.js';
import type { RunKiller } from './run-killer.js';

/** A request to stop whatever is left of a run. */
export interface TeardownRequest {
  readonly flowRunId: string;
  readonly infrastructurePid: string | null;
}

/** Carries out what the control plane asks for while the worker runs: cancellations and teardowns. */
export class Cancellation {
  readonly #inHand = new Set<string>();

  constructor(
    private readonly parts: HostParts,
    private readonly configurations: RunConfigurations,
    private readonly killer: RunKiller,
  ) {}

  /** Cancels a run of ours; of one that is not in hand, stops what it left, when it is ours to stop. */
  async cancel(flowRunId: string): Promise<void> {
    const live = this.parts.runs.get(flowRunId);
    if (live !== undefined) {
      live.cancel();
      return;
    }
    if (this.#inHand.has(flowRunId)) return;
    this.#inHand.add(flowRunId);
    try {
      await this.#cancelForeign(flowRunId);
    } finally {
      this.#inHand.delete(flowRunId);
    }
  }

  /** Stops whatever is left of a run on the infrastructure. Rejects when that could not be done. */
  async tearDown({ flowRunId, infrastructurePid }: TeardownRequest): Promise<void> {
    const { runs, logger, orchestrator } = this.parts;
    const live = runs.get(flowRunId);
    live?.cancel();
    const flowRun = live?.flowRun ?? (await orchestrator.readFlowRun(flowRunId));
    const { configuration } = live?.configuration
      ? { configuration: live.configuration }
      : await this.configurations.renderForStopping(flowRun);
    const pid = infrastructurePid ?? live?.infrastructurePid ?? flowRun?.infrastructurePid ?? null;
    const found = pid ?? (await this.#find(flowRunId, configuration));
    if (found === null) return;
    await this.killer.killOnce(found, configuration, logger.child({ flowRunId }));
  }

  async #cancelForeign(flowRunId: string): Promise<void> {
    const { orchestrator, runs, logger, watching } = this.parts;
    const flowRun = await orchestrator.readFlowRun(flowRunId);
    if (flowRun === null || flowRun.stateType !== 'CANCELLING' || !this.#isOurs(flowRun)) return;
    const live = runs.get(flowRunId);
    if (live !== undefined) {
      live.cancel();
      return;
    }
    const { configuration } = await this.configurations.renderForStopping(flowRun);
    const pid = flowRun.infrastructurePid ?? (await this.#find(flowRunId, configuration));
    if (pid !== null) {
      const outcome = await this.killer.killUntilDone(pid, configuration, logger.child({ flowRunId }), watching);
      if (outcome === 'not-supported') return;
    }
    const decision = decideCancelledBeforeLaunch(
      await orchestrator.readFlowRun(flowRunId),
      pid === null ? 'Cancelled; nothing was launched.' : 'Cancelled; its infrastructure was stopped.',
    );
    if (decision.kind === 'propose') await orchestrator.proposeState(flowRunId, decision.proposal);
  }

  /** Ours are the runs this worker carried out, and those that no worker has put its name on. */
  #isOurs(flowRun: FlowRun): boolean {
    const holder = flowRun.labels['prefect.worker.name'];
    return holder === undefined || holder === null || holder === this.parts.settings.workerName;
  }

  async #find(flowRunId: string, configuration: BaseJobConfiguration): Promise<string | null> {
    const { worker } = this.parts;
    if (!worker.capabilities.canList) return null;
    const all = await worker.listInfrastructure([configuration]);
    return all.find((each) => each.flowRunId === flowRunId)?.infrastructurePid ?? null;
  }
}
