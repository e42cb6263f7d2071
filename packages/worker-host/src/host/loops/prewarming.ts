import type { Clock, Logger, Orchestrator } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from '../guarded-worker.js';
import { RunConfigurations } from '../run/run-configuration.js';
import { HOST_TOKENS } from '../tokens.js';

/** How long prewarmed data is considered valid. */
const LASTS_MS = 240_000;

/** Lets the worker prepare data that the runs of a pool share while the first of them are being claimed. */
@injectable()
export class Prewarming {
  #againAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
  ) {}

  /** Prewarms at the start, except on the embedded pool, where an idle worker should use little memory. */
  beginAtStart(): void {
    if (!this.orchestrator.hostReportsStates) this.begin();
  }

  /** Called when there are runs to launch. Delays none of them; the launch itself reports a failure. */
  begin(): void {
    if (this.clock.monotonicMs() < this.#againAtMs) return;
    this.#againAtMs = this.clock.monotonicMs() + LASTS_MS;
    this.configurations
      .poolDefault()
      .then((configuration) => this.worker.prewarm(configuration))
      .catch((error: unknown) => this.logger.debug('Prewarming failed', { error }));
  }
}
