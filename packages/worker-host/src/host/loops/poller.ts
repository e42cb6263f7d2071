import type { Clock, FlowRun, Logger, Meter, Orchestrator, RunResources, SecretRegistry } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { Readiness } from '../readiness.js';
import { pauseMs, type RetryPolicy } from '../retry.js';
import { ActiveRuns } from '../run/active-runs.js';
import { RunConfigurations } from '../run/run-configuration.js';
import { RunManager } from '../run/run-manager.js';
import { RunAdmission } from '../run-admission.js';
import type { RunSlots, Slot } from '../slots.js';
import { type FatalHandler, HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { Loop } from './loop.js';
import { Prewarming } from './prewarming.js';

/** Number of runs waiting for capacity from which no more are claimed. */
const MOST_WAITING_FOR_CAPACITY = 10;
/** Maximum number of concurrent claims. */
const MOST_CLAIMS = 200;
/** Number of runs tried with their own access, while the worker is not ready. */
const MOST_PROBED = 5;
const MOST_REFUSALS_KEPT = 5000;
const DEADLINE_MS = 120_000;
const NOW = Promise.resolve();

/** Polls for due runs and claims as many as there are free slots. A poll never waits for a claim. */
@injectable()
export class Poller {
  readonly loop: Loop;
  #mayHaveMore = false;
  #skipped = 0;
  #lastPollMs: number | null = null;
  /** Number of claims in progress. */
  #unanswered = 0;
  readonly #refusals = new Map<string, string>();

  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
    @inject(HOST_TOKENS.Meter) private readonly meter: Meter,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(HOST_TOKENS.RetryPolicy) policy: RetryPolicy,
    @inject(HOST_TOKENS.OnFatal) onFatal: FatalHandler,
    @inject(HOST_TOKENS.Slots) private readonly slots: RunSlots,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(RunManager) private readonly manager: RunManager,
    @inject(Readiness) private readonly readiness: Readiness,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(Prewarming) private readonly prewarming: Prewarming,
    @inject(RunAdmission) private readonly admission: RunAdmission,
  ) {
    const intervalMs = settings.querySeconds * 1000;
    this.loop = new Loop({
      id: 'poll',
      name: 'Polling for runs',
      pause: (failures) => pauseMs(policy, intervalMs, failures, clock),
      deadlineMs: DEADLINE_MS,
      clock,
      logger,
      meter: this.meter,
      onFatal,
    });
  }

  /** When the last poll began, in milliseconds since the epoch. Null: never. */
  get lastPollMs(): number | null {
    return this.#lastPollMs;
  }

  /** Called when a slot becomes free: polls immediately if the last poll left runs behind. */
  slotFreed(): void {
    if (this.#mayHaveMore) this.loop.wake();
  }

  /**
   * Polls once. Resolves when a claim has started for each run that fits.
   *
   * @param mayClaim resolves when runs may be claimed. Default: now.
   */
  async poll(signal: AbortSignal, mayClaim: Promise<void> = NOW): Promise<void> {
    this.#lastPollMs = this.clock.nowMs();
    const checking = this.readiness.check(() => this.configurations.poolDefault());
    const waiting = this.runs.all.filter(({ status }) => status.progress?.phase === 'waiting-for-capacity').length;
    const allowance = this.#allowance(waiting);
    if (allowance === 0) {
      this.#mayHaveMore = true;
      return;
    }
    const limit = allowance + this.#skipped;
    const found = await this.orchestrator.getScheduledFlowRuns({
      scheduledBeforeMs: this.clock.nowMs() + this.settings.prefetchSeconds * 1000,
      limit: this.slots.limit === null && waiting === 0 && this.#unanswered === 0 ? null : limit,
      signal,
    });
    const [isReady] = await Promise.all([checking, mayClaim]);
    const fresh = found.filter(({ id }) => !this.runs.has(id));
    this.#skipped = found.length - fresh.length;
    this.#mayHaveMore = found.length >= limit;
    if (!isReady) return await this.#claimWithOwnAccess(fresh, allowance, signal);
    if (fresh.length > 0) this.prewarming.begin();
    if (this.admission.isLimited) await this.#claimFitting(fresh, allowance, signal);
    else this.#claimAll(fresh.slice(0, allowance), signal);
  }

  /** Claims the runs for which there is room. Runs that can never fit are skipped, also by the next poll. */
  async #claimFitting(flowRuns: readonly FlowRun[], allowance: number, signal: AbortSignal): Promise<void> {
    this.admission.begin(flowRuns);
    let claimed = 0;
    for (const flowRun of flowRuns) {
      if (claimed >= allowance || signal.aborted) break;
      const admission = await this.admission.decide(flowRun);
      if (admission.kind === 'fits') {
        this.#claimOne(flowRun, signal, admission.resources);
        claimed += 1;
        continue;
      }
      this.#noteRefusal(flowRun.id, admission.reason);
      if (admission.kind === 'never') this.#skipped += 1;
      else this.#mayHaveMore = true;
      if (admission.kind === 'waits' && admission.isNext) break;
    }
  }

  /** Takes the runs that fit; the others are polled again when slots are free or claims are answered. */
  #claimAll(flowRuns: readonly FlowRun[], signal: AbortSignal): void {
    for (const flowRun of flowRuns) if (!this.#claimOne(flowRun, signal)) return;
  }

  /** @returns false: no slot is free. */
  #claimOne(flowRun: FlowRun, signal: AbortSignal, resources: RunResources | null = null): boolean {
    const slot = signal.aborted ? null : this.slots.tryTake();
    if (slot === null) this.#mayHaveMore = true;
    else void this.#claim(flowRun, slot, resources);
    return slot !== null;
  }

  /** The worker has no access to its infrastructure, but a run can bring its own. */
  async #claimWithOwnAccess(flowRuns: readonly FlowRun[], allowance: number, signal: AbortSignal): Promise<void> {
    const able: FlowRun[] = [];
    for (const flowRun of flowRuns.slice(0, MOST_PROBED)) {
      if (flowRun.deploymentId === null && Object.keys(flowRun.jobVariables).length === 0) continue;
      if (await this.#hasOwnAccess(flowRun)) able.push(flowRun);
    }
    this.#claimAll(able.slice(0, allowance), signal);
  }

  async #hasOwnAccess(flowRun: FlowRun): Promise<boolean> {
    const secrets = this.secrets.scope();
    try {
      const rendered = await this.configurations.render(flowRun, secrets).catch(() => null);
      return rendered !== null && (await this.readiness.isReadyFor(rendered.configuration));
    } finally {
      secrets.dispose();
    }
  }

  /** Returns how many runs to take now. While the infrastructure has no capacity, one at a time, up to a few. */
  #allowance(waiting: number): number {
    if (waiting >= MOST_WAITING_FOR_CAPACITY) return 0;
    const free = Math.min(this.slots.free ?? MOST_CLAIMS, MOST_CLAIMS - this.#unanswered);
    if (waiting === 0) return free;
    const isOneTrying = this.runs.all.some(
      ({ infrastructurePid, status }) => infrastructurePid === null && status.progress === null,
    );
    return isOneTrying ? 0 : Math.min(1, free);
  }

  async #claim(flowRun: FlowRun, slot: Slot, resources: RunResources | null): Promise<void> {
    this.#unanswered += 1;
    const refusal = await this.manager.claim(flowRun, slot, resources);
    this.#unanswered -= 1;
    if (refusal === null) this.#refusals.delete(flowRun.id);
    else this.#noteRefusal(flowRun.id, refusal);
    if (this.#unanswered === 0 && this.#mayHaveMore && refusal === null) this.loop.wake();
  }

  #noteRefusal(flowRunId: string, reason: string): void {
    const isNew = this.#refusals.get(flowRunId) !== reason;
    if (this.#refusals.size >= MOST_REFUSALS_KEPT) this.#refusals.clear();
    this.#refusals.set(flowRunId, reason);
    const write = isNew ? this.logger.info : this.logger.debug;
    write.call(this.logger, 'The run was not claimed', { flowRunId, reason });
  }
}
