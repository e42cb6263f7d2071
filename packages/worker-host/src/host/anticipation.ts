import type { HostParts } from './host-parts.js';
import type { RunConfigurations } from './run-configuration.js';

/** What a worker got ready is taken to last so long. */
const LASTS_MS = 240_000;

/** Lets the worker get ready what runs of the pool share, while the first of them are still being claimed. */
export class Anticipation {
  #againAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly parts: HostParts,
    private readonly configurations: Pick<RunConfigurations, 'poolDefault'>,
  ) {}

  /**
   * At the start, so that the first run of a burst waits for nothing. Not beside a pool of this machine, where an idle
   * worker is to be small.
   */
  beginAtStart(): void {
    if (!this.parts.orchestrator.hostReportsStates) this.begin();
  }

  /** To be called when there are runs to launch. Takes no time of theirs, and its failures are theirs to meet. */
  begin(): void {
    const { clock, worker, logger } = this.parts;
    if (!worker.anticipates || clock.monotonicMs() < this.#againAtMs) return;
    this.#againAtMs = clock.monotonicMs() + LASTS_MS;
    this.configurations
      .poolDefault()
      .then((configuration) => worker.anticipate(configuration))
      .catch((error: unknown) => logger.debug('Nothing could be got ready beforehand', { error }));
  }
}
