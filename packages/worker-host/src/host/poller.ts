import type { FlowRun } from '@worker-host/core';
import type { HostParts } from './host-parts.js';
import type { LiveRun } from './live-run.js';
import type { Slot } from './slots.js';

/** Runs that wait for capacity from which on no more are claimed. */
const MOST_WAITING_FOR_CAPACITY = 10;
/** A control plane that is asked for no number gives at most about so many at once. */
const USUAL_PAGE = 200;
const MOST_REFUSALS_KEPT = 5000;

export interface PollerOptions {
  /** Makes the record of a run that is taken up. */
  readonly createRun: (flowRun: FlowRun, slot: Slot) => LiveRun;
  /** Carries a life out; calls back when the claim is answered. Never rejects. Resolves with why it was not claimed; null: it was. */
  readonly begin: (run: LiveRun, onClaimed: () => void) => Promise<string | null>;
  /** Told when there are runs to claim, before the first is. */
  readonly anticipate: () => void;
}

/** Looks for runs that are due, and takes as many as there are slots. */
export class Poller {
  #mayHaveMore = false;
  #skipped = 0;
  #lastPollMs: number | null = null;
  readonly #refusals = new Map<string, string>();

  constructor(
    private readonly parts: HostParts,
    private readonly options: PollerOptions,
  ) {}

  /** When the last look was taken. Null: never. */
  get lastPollMs(): number | null {
    return this.#lastPollMs;
  }

  /** True: the last look left runs behind for want of slots, so it is worth looking as soon as one is free. */
  get mayHaveMore(): boolean {
    return this.#mayHaveMore;
  }

  /** One look. Resolves when each claim is answered; tells whether to look again at once. */
  async poll(signal: AbortSignal): Promise<boolean> {
    const { orchestrator, clock, settings, slots, runs, meter } = this.parts;
    this.#lastPollMs = clock.nowMs();
    const waiting = runs.all.filter(({ progress }) => progress?.phase === 'waiting-for-capacity').length;
    const allowance = this.#allowance(waiting);
    if (allowance === 0) {
      this.#mayHaveMore = true;
      return false;
    }
    const scheduledBeforeMs = clock.nowMs() + settings.prefetchSeconds * 1000;
    const limit = allowance === null ? null : allowance + this.#skipped;
    const found = await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs, limit, signal });
    meter.count('worker_host_polls_total');
    const fresh = found.filter(({ id }) => !runs.has(id));
    this.#skipped = found.length - fresh.length;
    this.#mayHaveMore = found.length >= (limit ?? USUAL_PAGE);
    if (fresh.length > 0) this.options.anticipate();
    const claims: Promise<boolean>[] = [];
    for (const flowRun of fresh.slice(0, allowance ?? fresh.length)) {
      const slot = signal.aborted ? null : slots.tryTake();
      if (slot === null) {
        this.#mayHaveMore = true;
        break;
      }
      claims.push(this.#take(flowRun, slot));
    }
    const claimed = (await Promise.all(claims)).filter(Boolean).length;
    return claimed > 0 && this.#mayHaveMore && slots.free !== 0 && waiting === 0;
  }

  /** How many runs to take now. While the infrastructure has no capacity, one at a time, and none beyond a few. */
  #allowance(waiting: number): number | null {
    const { slots } = this.parts;
    if (waiting >= MOST_WAITING_FOR_CAPACITY) return 0;
    return waiting > 0 ? Math.min(1, slots.free ?? 1) : slots.free;
  }

  /** Resolves when the claim is answered: true where it was granted. */
  #take(flowRun: FlowRun, slot: Slot): Promise<boolean> {
    const run = this.options.createRun(flowRun, slot);
    return new Promise((resolve) => {
      const answered = (): void => resolve(run.attempt !== null);
      void this.options.begin(run, answered).then((refusal) => {
        if (refusal === null) this.#refusals.delete(run.id);
        else this.#noteRefusal(run, refusal);
        answered();
      });
    });
  }

  #noteRefusal(run: LiveRun, reason: string): void {
    const isNew = this.#refusals.get(run.id) !== reason;
    if (this.#refusals.size >= MOST_REFUSALS_KEPT) this.#refusals.clear();
    this.#refusals.set(run.id, reason);
    const log = isNew ? this.parts.logger.info : this.parts.logger.debug;
    log.call(this.parts.logger, 'The run was not claimed', { flowRunId: run.id, reason });
  }
}
