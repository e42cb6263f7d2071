import { inject, injectable } from 'tsyringe';
import { Poller } from './poller.js';
import { Prewarming } from './prewarming.js';
import { Reconciler } from './reconciler.js';
import { TakeOver } from './take-over.js';

/**
 * Starts the loops that claim runs so that the first poll comes early: it is sent while runs of dead workers are searched for, and
 * claims once those are resumed, because they take slots. What can wait comes after it: prewarming, and the comparison with the
 * infrastructure.
 */
@injectable()
export class StartOrder {
  constructor(
    @inject(TakeOver) private readonly takeOver: TakeOver,
    @inject(Poller) private readonly poller: Poller,
    @inject(Reconciler) private readonly reconciler: Reconciler,
    @inject(Prewarming) private readonly prewarming: Prewarming,
  ) {}

  /** Runs the loops until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { takeOver, poller, reconciler } = this;
    const first = this.#takeOverFirst(signal);
    let polled = (): void => {};
    const firstPoll = new Promise<void>((resolve) => {
      polled = resolve;
    });
    await Promise.all([
      first.then(() => takeOver.loop.run((round) => takeOver.takeOver(round), signal, 'later')),
      poller.loop.run((round) => poller.poll(round, first).finally(polled), signal).finally(polled),
      firstPoll.then(() => {
        if (!signal.aborted) this.prewarming.beginAtStart();
        return reconciler.loop.run((round) => reconciler.reconcile(round), signal);
      }),
    ]);
  }

  /** Polls once. A failure is the caller's, unless the stop caused it. */
  async runOnce(signal: AbortSignal): Promise<void> {
    this.prewarming.beginAtStart();
    await this.#takeOverFirst(signal);
    await this.poller.poll(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  #takeOverFirst(signal: AbortSignal): Promise<void> {
    return this.takeOver.loop.round((round) => this.takeOver.takeOver(round), signal);
  }
}
