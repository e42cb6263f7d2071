import type { Clock, Meter } from '@worker-host/core';
import type { HttpAnswer } from './http-transport.js';

/** Sends a request and measures its outcome: the status of the response, `none` if there is none. */
export async function measured(
  meter: Meter,
  clock: Clock,
  method: string,
  send: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const startedMs = clock.monotonicMs();
  let status = 'none';
  try {
    const answer = await send();
    status = String(answer.status);
    return answer;
  } finally {
    meter.count('prefect_api_requests_total', { method, status });
    meter.observe('prefect_api_request_seconds', (clock.monotonicMs() - startedMs) / 1000, { method });
  }
}
