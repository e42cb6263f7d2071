/** Most seconds between two heartbeats on the wire; the interval declared to the server may be longer. */
const LONGEST_INTERVAL_SECONDS = 6;
/** A worker that sends none for so many intervals counts as dead; shorter intervals are given more. */
const MISSED = 3;
const SHORTEST_SILENCE_SECONDS = 12;

/** How often a worker sends heartbeats, and what it promises by that. */
export interface HeartbeatTimes {
  readonly intervalMs: number;
  /** How long after a heartbeat the worker's leases hold. */
  readonly leaseMs: number;
}

/**
 * Heartbeats go more often than Prefect declares them, so that a dead worker is found within half a minute.
 *
 * @param declaredSeconds interval that is declared to the server
 */
export function heartbeatTimes(declaredSeconds: number): HeartbeatTimes {
  const intervalSeconds = Math.max(1, Math.min(declaredSeconds, LONGEST_INTERVAL_SECONDS));
  const silenceSeconds = Math.ceil(Math.max(intervalSeconds * MISSED, SHORTEST_SILENCE_SECONDS));
  return { intervalMs: intervalSeconds * 1000, leaseMs: silenceSeconds * 1000 };
}
