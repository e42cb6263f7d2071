import type { Clock, Logger, Meter, Orchestrator } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { ActiveRuns } from '../run/active-runs.js';
import { WorkPoolNotFoundError } from '../run/run-errors.js';
import { ServedPool } from '../served-pool.js';
import { type FatalHandler, HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { Loop } from './loop.js';

const LEAST_DEADLINE_MS = 5000;

/**
 * Sends heartbeats at a fixed interval, which renew the worker's leases, and reads the pool. The interval is neither
 * lengthened by failures nor shortened by events; a heartbeat that takes longer than the interval counts as failed.
 */
@injectable()
export class Heartbeat {
  readonly loop: Loop;
  #lastSuccessMs: number | null = null;
  #namesakes: readonly string[] = [];

  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Meter) meter: Meter,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
    @inject(HOST_TOKENS.OnFatal) private readonly onFatal: FatalHandler,
    @inject(ServedPool) private readonly pool: ServedPool,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
  ) {
    const intervalMs = settings.heartbeatSeconds * 1000;
    this.loop = new Loop({
      id: 'heartbeat',
      name: 'The heartbeat',
      pause: () => intervalMs,
      isPaced: true,
      deadlineMs: Math.max(intervalMs, LEAST_DEADLINE_MS),
      clock,
      logger,
      meter,
      onFatal,
    });
  }

  /** Milliseconds since the epoch of the last successful one. Null: none. */
  get lastSuccessMs(): number | null {
    return this.#lastSuccessMs;
  }

  /** One line per problem. */
  get problems(): readonly string[] {
    return this.#namesakes;
  }

  /** @throws errors of the control plane; WorkPoolTypeMismatchError. */
  async beat(signal: AbortSignal): Promise<void> {
    const { workPool, namesakes } = await this.orchestrator.heartbeat(signal);
    this.pool.accept(workPool);
    this.#lastSuccessMs = this.clock.nowMs();
    this.#noteNamesakes(namesakes);
    for (const run of this.runs.all) run.checkLease();
    if (this.pool.isGone && this.runs.size === 0)
      this.onFatal(new WorkPoolNotFoundError(this.settings.workPoolName, this.orchestrator.description));
  }

  #noteNamesakes(namesakes: readonly string[]): void {
    for (const line of namesakes) if (!this.#namesakes.includes(line)) this.logger.error(line);
    this.#namesakes = namesakes;
  }
}
