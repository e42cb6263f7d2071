import { type Clock, type JsonObject, type Logger, linkSignals, type Meter } from '@worker-host/core';
import { DEFAULT_RETRY_POLICY, retryMs } from '../host/retry.js';
import { within } from '../host/within.js';
import { type Notification, type NotificationReceiver, NotificationRefusedError } from './notification.js';

/** Maximum number of queued notifications per receiver; further ones are dropped. */
export const MOST_WAITING = 500;
/** Maximum number of attempts of a notification, about ten minutes in total. */
export const MOST_TRIES = 15;
const CLOSE_SECONDS = 3;

/**
 * Delivers notifications to one receiver, one after the other, in the background. Undelivered ones are counted and
 * logged.
 */
export class NotificationQueue {
  readonly #waiting: (Notification & JsonObject)[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> | null = null;
  #isFailing = false;

  constructor(
    private readonly receiver: NotificationReceiver,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly meter: Meter,
  ) {}

  add(notification: Notification & JsonObject): void {
    if (this.#stop.signal.aborted) this.#drop(notification, 'the worker is stopping');
    else if (this.#waiting.length >= MOST_WAITING) this.#drop(notification, `${MOST_WAITING} others wait`);
    else {
      this.#waiting.push(notification);
      this.#measure();
      this.#working ??= this.#work().finally(() => {
        this.#working = null;
      });
    }
  }

  /** Waits up to three seconds for the queued ones, then drops and logs them. */
  async close(): Promise<void> {
    const late = (): Error => new Error('Time is up');
    await within(this.clock, CLOSE_SECONDS, this.#working ?? Promise.resolve(), late).catch(() => {});
    this.#stop.abort(new Error('The worker is stopping'));
    await this.#working;
    for (const notification of this.#waiting.splice(0)) this.#drop(notification, 'the worker is stopping');
    this.#measure();
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const outcome = await this.#deliver(next);
      if (outcome === 'stopped') return;
      this.#waiting.shift();
      this.#measure();
    }
  }

  async #deliver(notification: Notification & JsonObject): Promise<'done' | 'stopped'> {
    const { signal } = this.#stop;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#send(notification);
        this.#count('delivered');
        if (this.#isFailing) this.logger.info(`Delivering notifications to the ${this.receiver.name} works again`);
        this.#isFailing = false;
        return 'done';
      } catch (error) {
        if (signal.aborted) return 'stopped';
        if (error instanceof NotificationRefusedError) {
          this.#drop(notification, error.message);
          return 'done';
        }
        this.#count('failed');
        if (tries >= MOST_TRIES) {
          this.#drop(notification, `${tries} tries failed`);
          return 'done';
        }
        if (!this.#isFailing)
          this.logger.warn(`Delivering a notification to the ${this.receiver.name} failed; retrying`, { error });
        this.#isFailing = true;
        await this.clock.sleep(retryMs(DEFAULT_RETRY_POLICY, tries, this.clock), signal).catch(() => {});
        if (signal.aborted) return 'stopped';
      }
    }
  }

  async #send(notification: Notification & JsonObject): Promise<void> {
    const link = linkSignals(this.#stop.signal, AbortSignal.timeout(this.receiver.timeoutMs));
    try {
      await this.receiver.send(notification, link.signal);
    } finally {
      link.dispose();
    }
  }

  #drop({ kind, run }: Notification, reason: string): void {
    this.#count('dropped');
    this.logger.warn(`Dropping a notification for the ${this.receiver.name}: ${reason}`, {
      kind,
      run: run.name,
      flowRunId: run.id,
    });
  }

  #count(outcome: 'delivered' | 'failed' | 'dropped'): void {
    this.meter.count('worker_host_notifications_total', { receiver: this.receiver.name, outcome });
  }

  #measure(): void {
    this.meter.gauge('worker_host_notifications_waiting', this.#waiting.length, { receiver: this.receiver.name });
  }
}
