import type { Clock } from '@worker-host/core';
import { isThrottle, isUnanswered } from '../errors/aws-error-facts.js';

const THROTTLE_TRIES = 8;
const UNANSWERED_TRIES = 4;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;

/** Retries an idempotent call: up to 8 attempts after throttling, up to 4 after lost responses. */
export async function patientCall<T>(
  clock: Clock,
  signal: AbortSignal | undefined,
  make: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await make();
    } catch (error) {
      const limit = isThrottle(error) ? THROTTLE_TRIES : isUnanswered(error) ? UNANSWERED_TRIES : 1;
      if (tries >= limit || signal?.aborted) throw error;
      const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** tries);
      await clock.sleep(ceilingMs * (0.5 + clock.random() / 2), signal);
    }
  }
}
