import type { JsonObject } from '@worker-host/core';

/** Reasons for notifications. */
export const NOTIFICATION_KINDS = ['failed', 'late', 'stuck'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** The run of a notification, with links. */
export interface NotifiedRun {
  readonly id: string;
  readonly name: string;
  /** Null: it has none. */
  readonly deployment: string | null;
  readonly workQueue: string | null;
  readonly tags: readonly string[];
  /** Prefect's state type: `FAILED`, `CRASHED`, `SCHEDULED`, `PENDING`. */
  readonly state: string | null;
  readonly stateName: string | null;
  /** RFC 3339, like the next one. */
  readonly scheduled: string | null;
  readonly started: string | null;
  /** Null: none, or unknown. */
  readonly exitCode: number | null;
  readonly infrastructurePid: string | null;
  /** Its page in Prefect's UI. Null: the control plane has none. */
  readonly url: string | null;
}

/** Content for receivers. Contains no secret. */
export interface Notification {
  /** The same for each attempt, and from each worker that sends it. */
  readonly id: string;
  readonly kind: NotificationKind;
  /** RFC 3339: when the reason was detected. */
  readonly time: string;
  /** One line for people. */
  readonly summary: string;
  /** The reason, in one line. */
  readonly reason: string;
  /** Message of the infrastructure. Null: none. */
  readonly detail: string | null;
  /** What to do. Null: unknown. */
  readonly advice: string | null;
  /** Command that prints the log. */
  readonly log: string;
  /** Number of runs detected at the same time without their own notification. */
  readonly more: number;
  readonly worker: string;
  readonly workPool: string;
  readonly run: NotifiedRun;
}

/** Receives notifications. */
export interface NotificationReceiver {
  /** Name in metrics and log lines. */
  readonly name: 'webhook' | 'command';
  /** Time limit of an attempt in milliseconds. */
  readonly timeoutMs: number;
  /**
   * Delivers a notification, in one attempt.
   *
   * @param signal aborted when the worker ends, or the attempt takes too long.
   * @throws NotificationRefusedError if retrying cannot help; any other error is retried.
   */
  send(notification: Notification & JsonObject, signal: AbortSignal): Promise<void>;
}

/** A receiver rejects this notification permanently. */
export class NotificationRefusedError extends Error {
  override readonly name = 'NotificationRefusedError';
}
