import type { Clock, Logger, Orchestrator } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from '../guarded-worker.js';
import { RunConfigurations } from '../run/run-configuration.js';
import { HOST_TOKENS } from '../tokens.js';

/** How long what a worker prewarmed is taken to last. */
const LASTS_MS = 240_000;

/** Lets the worker prepare what runs of the pool share while the first of them are being claimed. */
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

  /** At the start, except beside a pool of this machine, where an idle worker is to be small. */
  beginAtStart(): void {
    if (!this.orchestrator.hostReportsStates) this.begin();
  }

  /** Called when there are runs to launch. Delays none of them; a failure is met again by the launch itself. */
  begin(): void {
    if (this.clock.monotonicMs() < this.#againAtMs) return;
    this.#againAtMs = this.clock.monotonicMs() + LASTS_MS;
    this.configurations
      .poolDefault()
      .then((configuration) => this.worker.prewarm(configuration))
      .catch((error: unknown) => this.logger.debug('Prewarming failed', { error }));
  }
}
