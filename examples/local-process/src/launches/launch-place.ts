import { hostname } from 'node:os';
import { InfrastructureNotAvailable, type LaunchPlace } from '@worker-host/core';

/** Location of the launches of a worker: a machine, and the directory with their files. */
export function launchPlaceOf(directory: string): LaunchPlace {
  return { host: hostname(), directory };
}

/** @throws InfrastructureNotAvailable for a place of another machine. */
export function assertPlaceIsHere(place: LaunchPlace | null, flowRunId: string): void {
  if (place === null || place.host === hostname()) return;
  const reason = `it was launched on ${String(place.host)}, and this worker runs on ${hostname()}`;
  throw new InfrastructureNotAvailable(flowRunId, reason);
}
