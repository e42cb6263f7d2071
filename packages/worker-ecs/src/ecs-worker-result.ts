import { type WorkerEnd, WorkerResult } from '@worker-host/core';

/** The result of an ECS task that has ended. `identifier`: `<cluster>::<task ARN>`. */
export class ECSWorkerResult extends WorkerResult {}

/** Apart from what was launched, which its function would otherwise keep. */
export function resultOf(identifier: string, ended: Promise<WorkerEnd>): Promise<ECSWorkerResult> {
  return ended.then((end) => new ECSWorkerResult(identifier, statusCodeOf(end), end));
}

/** A job that was stopped at its time limit did not succeed, even if it exited with 0. */
function statusCodeOf({ exitCode, diagnosis }: WorkerEnd): number {
  if (exitCode === null) return -1;
  return exitCode === 0 && diagnosis?.kind === 'time-limit' ? -1 : exitCode;
}
