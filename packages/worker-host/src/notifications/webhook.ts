import { createHmac } from 'node:crypto';
import { type Clock, type JsonObject, stringifyJson } from '@worker-host/core';
import { packageVersion } from '../package-version.js';
import { type Notification, type NotificationReceiver, NotificationRefusedError } from './notification.js';

/** Response statuses after which a retry can succeed, in addition to 500 and above. */
const TRY_AGAIN = [408, 425, 429];

/** Posts notifications as JSON to a URL. */
export class Webhook implements NotificationReceiver {
  readonly name = 'webhook';
  readonly timeoutMs = 10_000;

  /** @param secret key for signing requests. Null: they are not signed. */
  constructor(
    private readonly url: string,
    private readonly secret: string | null,
    private readonly clock: Clock,
  ) {}

  async send(notification: Notification & JsonObject, signal: AbortSignal): Promise<void> {
    const body = stringifyJson(notification);
    const timestamp = String(Math.floor(this.clock.nowMs() / 1000));
    const response = await fetch(this.url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': `worker-host/${packageVersion()}`,
        'idempotency-key': notification.id,
        'x-worker-host-timestamp': timestamp,
        ...(this.secret === null ? {} : { 'x-worker-host-signature': signatureOf(this.secret, timestamp, body) }),
      },
    });
    await response.body?.cancel();
    if (response.ok) return;
    const message = `the webhook answered ${response.status} ${response.statusText}`.trim();
    const mayHelp = response.status >= 500 || TRY_AGAIN.includes(response.status);
    throw mayHelp ? new Error(message) : new NotificationRefusedError(message);
  }
}

/** Returns `sha256=` and the HMAC of timestamp, a full stop and body, in hexadecimal digits. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
