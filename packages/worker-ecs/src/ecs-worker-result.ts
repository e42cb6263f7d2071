import { type WorkerEnd, WorkerResult } from '@worker-host/core';

/** The result of an ECS task that has ended. `identifier`: `<cluster>::<task ARN>`. */
export class ECSWorkerResult extends WorkerResult {}

/** A job that was stopped at its time limit did not succeed, even if it exited with 0. */
export function statusCodeOf({ exitCode, diagnosis }: WorkerEnd): number {
  if (exitCode === null) return -1;
  return exitCode === 0 && diagnosis?.kind === 'time-limit' ? -1 : exitCode;
}
