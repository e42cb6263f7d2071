import type { FlowRun, InterruptedRun } from '@worker-host/core';
import { RunLogger } from '../logging/run-logger.js';
import type { HostParts } from './host-parts.js';
import { LiveRun } from './live-run.js';
import type { RunConfigurations } from './run-configuration.js';
import type { RunKiller } from './run-killer.js';
import { type RunEnding, RunLifecycle } from './run-lifecycle.js';
import { RunReporter } from './run-reporter.js';
import type { Slot } from './slots.js';

/** Begins lives of runs and keeps the books on them: slots, the list of runs alive. */
export class HostRuns {
  constructor(
    private readonly parts: HostParts,
    private readonly configurations: RunConfigurations,
    private readonly killer: RunKiller,
    /** Not called for a run that was not claimed: looking again at once would find the same. */
    private readonly onSlotFree: () => void,
  ) {}

  /** Makes the record of a run in hand. */
  create(flowRun: FlowRun, slot: Slot): LiveRun {
    const { orchestrator, clock, logger, secrets, runs } = this.parts;
    const runLogger = new RunLogger({
      flowRunId: flowRun.id,
      send: (record) => orchestrator.log(record),
      workerLog: logger,
      clock,
      secrets,
    });
    const run = new LiveRun(flowRun, slot, runLogger, clock.nowMs());
    runs.add(run);
    return run;
  }

  /** The life of a run that is due. Resolves with why it was not claimed; null: it was. */
  async begin(run: LiveRun, onClaimed: () => void): Promise<string | null> {
    const ending = await this.#whole(run, (life) => life.carryOut(onClaimed));
    return typeof ending === 'object' ? ending.notClaimed : null;
  }

  /** The life of a run that is under way already; it takes a slot even beyond the limit. */
  takeUp(interrupted: InterruptedRun, infrastructurePid: string | null): void {
    const { flowRun, attempt, outputCursor, isPidDoubtful = false } = interrupted;
    const run = this.create(flowRun, this.parts.slots.take());
    run.outputCursor = outputCursor ?? null;
    void this.#whole(run, (life) => life.takeUp(attempt, infrastructurePid, isPidDoubtful));
  }

  /** The slot is freed and the run forgotten however its life went. */
  async #whole(run: LiveRun, live: (life: RunLifecycle) => Promise<RunEnding>): Promise<RunEnding> {
    const { parts, configurations, killer } = this;
    const reporter = new RunReporter(parts, run);
    try {
      return await live(new RunLifecycle(parts, { configurations, killer, reporter }, run));
    } catch (error) {
      parts.logger.error('A run could not be carried out', { flowRunId: run.id, error });
      return 'left';
    } finally {
      parts.runs.remove(run);
      run.settle();
      parts.orchestrator.letGo?.(run.id);
      if (run.attempt !== null) this.onSlotFree();
    }
  }
}
