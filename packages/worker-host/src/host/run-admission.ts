import type { Clock, FlowRun, RunResources, SecretRegistry } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from './guarded-worker.js';
import { addedResources, exceededLimit, NO_RESOURCES } from './resource-limits.js';
import { ActiveRuns } from './run/active-runs.js';
import { RunConfigurations } from './run/run-configuration.js';
import { ServedPool } from './served-pool.js';
import { HOST_TOKENS } from './tokens.js';
import type { WorkerHostSettings } from './worker-host-settings.js';

/** How long smaller runs are claimed before one for which there is no room yet. */
const LONGEST_OVERTAKEN_MS = 60_000;

/** Whether a run can be claimed in addition to the active ones. */
export type Admission =
  /** `resources`: what it asks for. Null: unknown. */
  | { readonly kind: 'fits'; readonly resources: RunResources | null }
  /** No room yet; `isNext`: runs behind it have to wait for it. */
  | { readonly kind: 'waits'; readonly isNext: boolean; readonly reason: string }
  /** It exceeds the limit by itself. */
  | { readonly kind: 'never'; readonly reason: string };

/**
 * Limits the vCPUs and the memory of the active runs of a worker, and finds out what a run asks for, which a pool with such
 * limits counts at the claim. The plugin knows it.
 */
@injectable()
export class RunAdmission {
  /** Since when a run has found no room, by id, in milliseconds. */
  readonly #waitingSinceMs = new Map<string, number>();

  constructor(
    @inject(HOST_TOKENS.Settings)
    private readonly settings: Pick<WorkerHostSettings, 'limitVcpus' | 'limitMemoryMib'>,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(ServedPool) private readonly pool: ServedPool,
  ) {}

  /** True: the worker or its pool limits vCPUs or memory. */
  get isLimited(): boolean {
    const { limitVcpus, limitMemoryMib } = this.settings;
    const { vcpuLimit = null, memoryLimitMib = null } = this.pool.current ?? {};
    return [limitVcpus, limitMemoryMib, vcpuLimit, memoryLimitMib].some((limit) => limit !== null);
  }

  /** Starts a poll with these runs: all others no longer wait. */
  begin(found: readonly FlowRun[]): void {
    const ids = new Set(found.map(({ id }) => id));
    for (const id of this.#waitingSinceMs.keys()) if (!ids.has(id)) this.#waitingSinceMs.delete(id);
  }

  /**
   * Decides about a due run. A run that cannot be rendered, or whose size is unknown, fits: it fails, or runs, as without
   * limits.
   */
  async decide(flowRun: FlowRun): Promise<Admission> {
    const wanted = await this.#resourcesOf(flowRun);
    if (wanted === null) return { kind: 'fits', resources: null };
    const beyond = this.#beyond(wanted, NO_RESOURCES);
    if (beyond !== null) return { kind: 'never', reason: `it asks for more than the limit: ${beyond}` };
    const used = this.#used();
    const lacking = this.#beyond(wanted, used);
    if (lacking === null) {
      this.#waitingSinceMs.delete(flowRun.id);
      return { kind: 'fits', resources: wanted };
    }
    const nowMs = this.clock.monotonicMs();
    const sinceMs = this.#waitingSinceMs.get(flowRun.id) ?? nowMs;
    this.#waitingSinceMs.set(flowRun.id, sinceMs);
    return {
      kind: 'waits',
      isNext: nowMs - sinceMs >= LONGEST_OVERTAKEN_MS,
      reason: `the active runs leave too little of the limit: it asks for ${lacking}`,
    };
  }

  /** Returns the limit that a run would exceed together with the active ones. Null: none. */
  #beyond(wanted: RunResources, used: RunResources): string | null {
    const { limitVcpus: vcpus, limitMemoryMib: memoryMib } = this.settings;
    return exceededLimit(wanted, used, { vcpus, memoryMib });
  }

  #used(): RunResources {
    return this.runs.all.reduce((sum, { own, configuration }) => {
      const known = own.resources ?? (configuration === null ? null : this.worker.resourcesOf(configuration));
      return known === null ? sum : addedResources(sum, known);
    }, NO_RESOURCES);
  }

  async #resourcesOf(flowRun: FlowRun): Promise<RunResources | null> {
    const secrets = this.secrets.scope();
    try {
      const rendered = await this.configurations.render(flowRun, secrets).catch(() => null);
      return rendered === null ? null : this.worker.resourcesOf(rendered.configuration);
    } finally {
      secrets.dispose();
    }
  }
}
