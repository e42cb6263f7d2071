import type { Clock, Meter } from '@worker-host/core';
import type { RunRecord } from './run-record.js';
import type { RunPhase } from './run-state.js';

/** A measurement when a run reaches a phase: the time since an earlier one. */
const SPANS: readonly (readonly [from: RunPhase, to: RunPhase, metric: string])[] = [
  ['claimed', 'launched', 'worker_host_run_launch_seconds'],
  ['launched', 'running', 'worker_host_run_start_seconds'],
  ['running', 'ended', 'worker_host_run_duration_seconds'],
];

/** Measures how long a run takes from one phase to the next, if this worker saw both begin. */
export class RunTimes {
  readonly #reachedMs = new Map<RunPhase, number>();
  #phase: RunPhase = 'scheduled';

  constructor(
    private readonly run: Pick<RunRecord, 'flowRun' | 'trace'>,
    private readonly clock: Clock,
    private readonly meter: Meter,
  ) {}

  /** Call it whenever the run may have progressed. */
  note(phase: RunPhase): void {
    if (phase === this.#phase) return;
    const nowMs = this.clock.monotonicMs();
    if (this.#phase === 'scheduled' && phase === 'claimed') this.#measureQueue();
    this.#phase = phase;
    this.#reachedMs.set(phase, nowMs);
    for (const [from, to, metric] of SPANS) {
      const fromMs = this.#reachedMs.get(from);
      if (to === phase && fromMs !== undefined) this.#observe(metric, nowMs - fromMs);
    }
  }

  #measureQueue(): void {
    const { nextScheduledStartTime, expectedStartTime } = this.run.flowRun;
    const dueMs = Date.parse(nextScheduledStartTime ?? expectedStartTime ?? '');
    if (Number.isNaN(dueMs)) return;
    this.#observe('worker_host_run_queue_seconds', Math.max(0, this.clock.nowMs() - dueMs));
  }

  #observe(metric: string, ms: number): void {
    this.meter.observe(metric, ms / 1000, undefined, this.run.trace?.exemplar);
  }
}
