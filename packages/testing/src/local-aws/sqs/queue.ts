import type { Clock } from '@worker-host/core';

import type { IdSource } from '../server/id-source.js';
import type { MessageAttribute } from './md5.js';

/** A message in a queue. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentAtMs: number;
  readonly senderId: string;
  visibleAtMs: number;
  receiveCount: number;
  firstReceivedAtMs: number | null;
  receiptHandle: string | null;
  /** ARN of the queue that moved it here because it was received too often. */
  readonly deadLetterSourceArn: string | null;
}

export interface QueueSettings {
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly waitTimeSeconds: number;
  readonly retentionSeconds: number;
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceiveCount: number } | null;
  /** Attributes that are stored and returned as set. */
  readonly kept: Readonly<Record<string, string>>;
}

/** A standard queue. Received messages stay in it until they are deleted, hidden for the visibility timeout. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  settings: QueueSettings;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #deadLetter: (arn: string) => Queue | null;
  readonly #messages = new Map<string, Message>();
  readonly #byHandle = new Map<string, Message>();
  #wakers = new Set<() => void>();
  #onWaiting: (() => void)[] = [];

  constructor(
    name: string,
    arn: string,
    settings: QueueSettings,
    clock: Clock,
    ids: IdSource,
    deadLetter: (arn: string) => Queue | null,
  ) {
    this.name = name;
    this.arn = arn;
    this.settings = settings;
    this.createdAtMs = clock.nowMs();
    this.#clock = clock;
    this.#ids = ids;
    this.#deadLetter = deadLetter;
  }

  send(body: string, attributes: Message['attributes'], delaySeconds: number | undefined, senderId: string): Message {
    const nowMs = this.#clock.nowMs();
    const message: Message = {
      id: this.#ids.uuid(),
      body,
      attributes,
      sentAtMs: nowMs,
      senderId,
      visibleAtMs: nowMs + (delaySeconds ?? this.settings.delaySeconds) * 1000,
      receiveCount: 0,
      firstReceivedAtMs: null,
      receiptHandle: null,
      deadLetterSourceArn: null,
    };
    this.#put(message);
    return message;
  }

  /**
   * Returns up to `max` messages; waits for the first one. Returns none after the wait time, or if the signal is
   * aborted.
   */
  async receive(max: number, visibilitySeconds: number, waitSeconds: number, signal: AbortSignal): Promise<Message[]> {
    const endsAtMs = this.#clock.nowMs() + waitSeconds * 1000;
    for (;;) {
      if (signal.aborted) return [];
      const taken = this.#take(max, visibilitySeconds);
      const nowMs = this.#clock.nowMs();
      if (taken.length > 0 || nowMs >= endsAtMs) return taken;
      let wakeAtMs = endsAtMs;
      for (const message of this.#messages.values()) wakeAtMs = Math.min(wakeAtMs, message.visibleAtMs);
      await this.#wake(Math.max(wakeAtMs - nowMs, 1), signal);
    }
  }

  /** Deletes a received message. An unknown handle is not an error. */
  delete(handle: string): void {
    const message = this.#byHandle.get(handle);
    if (message === undefined) return;
    this.#byHandle.delete(handle);
    if (message.receiptHandle === handle) this.#messages.delete(message.id);
  }

  /** Hides a received message for a time from now. Returns whether the handle is that of a message in flight. */
  changeVisibility(handle: string, seconds: number): boolean {
    const message = this.#byHandle.get(handle);
    const nowMs = this.#clock.nowMs();
    if (message === undefined || message.receiptHandle !== handle || message.visibleAtMs <= nowMs) return false;
    message.visibleAtMs = nowMs + seconds * 1000;
    this.#notify();
    return true;
  }

  /** Resolves when a receiver waits for a message. */
  async whenWaiting(): Promise<void> {
    if (this.#wakers.size > 0) return;
    await new Promise<void>((resolve) => {
      this.#onWaiting.push(resolve);
    });
  }

  purge(): void {
    this.#messages.clear();
    this.#byHandle.clear();
  }

  /** Copies of the messages in the queue, including hidden ones, in the order in which they were sent. */
  messages(): readonly Message[] {
    this.#expire();
    return [...this.#messages.values()].map((message) => ({ ...message }));
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    this.#expire();
    const nowMs = this.#clock.nowMs();
    const hidden = [...this.#messages.values()].filter((message) => message.visibleAtMs > nowMs);
    const delayed = hidden.filter((message) => message.receiveCount === 0).length;
    return { visible: this.#messages.size - hidden.length, inFlight: hidden.length - delayed, delayed };
  }

  #put(message: Message): void {
    this.#messages.set(message.id, message);
    this.#notify();
  }

  #take(max: number, visibilitySeconds: number): Message[] {
    this.#expire();
    const nowMs = this.#clock.nowMs();
    const taken: Message[] = [];
    for (const message of this.#messages.values()) {
      if (taken.length === max) break;
      if (message.visibleAtMs > nowMs) continue;
      if (this.#isMovedToDeadLetter(message)) continue;
      if (message.receiptHandle !== null) this.#byHandle.delete(message.receiptHandle);
      message.receiptHandle = this.#ids.uuid();
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
      message.visibleAtMs = nowMs + visibilitySeconds * 1000;
      this.#byHandle.set(message.receiptHandle, message);
      taken.push({ ...message });
    }
    return taken;
  }

  #isMovedToDeadLetter(message: Message): boolean {
    const { redrive } = this.settings;
    if (redrive === null || message.receiveCount < redrive.maxReceiveCount) return false;
    const target = this.#deadLetter(redrive.deadLetterArn);
    if (target === null) return false;
    if (message.receiptHandle !== null) this.#byHandle.delete(message.receiptHandle);
    this.#messages.delete(message.id);
    target.#put({
      ...message,
      receiptHandle: null,
      receiveCount: 0,
      visibleAtMs: this.#clock.nowMs(),
      deadLetterSourceArn: this.arn,
    });
    return true;
  }

  #expire(): void {
    const oldest = this.#clock.nowMs() - this.settings.retentionSeconds * 1000;
    for (const message of this.#messages.values()) {
      if (message.sentAtMs > oldest) break;
      this.#messages.delete(message.id);
    }
  }

  async #wake(ms: number, signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const wake = () => waiting.abort();
    this.#wakers.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    for (const resolve of this.#onWaiting.splice(0)) resolve();
    await this.#clock.sleep(ms, waiting.signal).catch(() => undefined);
    signal.removeEventListener('abort', wake);
    this.#wakers.delete(wake);
  }

  #notify(): void {
    const wakers = this.#wakers;
    this.#wakers = new Set();
    for (const wake of wakers) wake();
  }
}
