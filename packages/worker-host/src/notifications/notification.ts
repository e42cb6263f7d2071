import type { JsonObject } from '@worker-host/core';

/** What notifications are sent about. */
export const NOTIFICATION_KINDS = ['failed', 'late', 'stuck'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** The run of a notification, with the facts of its page. */
export interface NotifiedRun {
  readonly id: string;
  readonly name: string;
  /** Null: it has none. */
  readonly deployment: string | null;
  readonly workQueue: string | null;
  readonly tags: readonly string[];
  /** Prefect's type: `FAILED`, `CRASHED`, `SCHEDULED`, `PENDING`. */
  readonly state: string | null;
  readonly stateName: string | null;
  /** RFC 3339, as the next one. */
  readonly scheduled: string | null;
  readonly started: string | null;
  /** Null: none, or not known. */
  readonly exitCode: number | null;
  readonly infrastructurePid: string | null;
  /** Its page in Prefect's UI. Null: the control plane has none. */
  readonly url: string | null;
}

/** What receivers get. No secret is in it. */
export interface Notification {
  /** The same each time it is sent, and from each worker that sends it. */
  readonly id: string;
  readonly kind: NotificationKind;
  /** RFC 3339: when it was noticed. */
  readonly time: string;
  /** One line for people. */
  readonly summary: string;
  /** Why, in one line. */
  readonly reason: string;
  /** What the infrastructure said. Null: nothing more than the reason. */
  readonly detail: string | null;
  /** What to do. Null: nothing is known. */
  readonly advice: string | null;
  /** Command that prints the log. */
  readonly log: string;
  /** Runs noticed at the same time that get no notification of their own. */
  readonly more: number;
  readonly worker: string;
  readonly workPool: string;
  readonly run: NotifiedRun;
}

/** Where notifications go. */
export interface NotificationReceiver {
  /** As metrics and log lines name it. */
  readonly name: 'webhook' | 'command';
  /** Most milliseconds that a try may take. */
  readonly timeoutMs: number;
  /**
   * Delivers a notification: one try.
   *
   * @param signal aborted: the worker ends, or the try takes too long.
   * @throws NotificationRefusedError where another try would not help; anything else is tried again.
   */
  send(notification: Notification & JsonObject, signal: AbortSignal): Promise<void>;
}

/** A receiver will not take this notification, however often it is sent. */
export class NotificationRefusedError extends Error {
  override readonly name = 'NotificationRefusedError';
}
