/** Maximum seconds between two sent heartbeats; the interval declared to the server can be longer. */
const LONGEST_INTERVAL_SECONDS = 6;
/** Number of intervals without a heartbeat after which a worker counts as dead; more for shorter intervals. */
const MISSED = 3;
const SHORTEST_SILENCE_SECONDS = 12;

/** Heartbeat interval of a worker, and the resulting lease duration. */
export interface HeartbeatTimes {
  readonly intervalMs: number;
  /** Duration of the worker's leases after a heartbeat. */
  readonly leaseMs: number;
}

/**
 * Heartbeats are sent more often than declared to Prefect, so that a dead worker is detected within half a minute.
 *
 * @param declaredSeconds interval that is declared to the server
 */
export function heartbeatTimes(declaredSeconds: number): HeartbeatTimes {
  const intervalSeconds = Math.max(1, Math.min(declaredSeconds, LONGEST_INTERVAL_SECONDS));
  const silenceSeconds = Math.ceil(Math.max(intervalSeconds * MISSED, SHORTEST_SILENCE_SECONDS));
  return { intervalMs: intervalSeconds * 1000, leaseMs: silenceSeconds * 1000 };
}
