import type { FreeRun } from '../leases/contest.js';
import { parseLaunch, parseRunLabels } from '../leases/run-labels.js';
import { holderByHistory } from './run-holder.js';
import type { WorkerProcess } from './worker-process.js';

/** Returns how many owners died with the attempt of a free run before they launched it, including the previous one. */
export function ownerDeaths({ run, history }: FreeRun, process: Pick<WorkerProcess, 'hasIssued'>): number {
  const { attempt } = history;
  const labels = parseRunLabels(run.labels);
  const before = labels.attemptId === attempt.id ? labels.deaths : 0;
  const isLaunched = parseLaunch(run.labels, attempt.id) !== null || Boolean(run.infrastructure_pid);
  const holder = holderByHistory(run, history);
  const isOwn = holder.kind === 'worker' && holder.lease !== null && process.hasIssued(holder.lease);
  return isLaunched || holder.kind === 'released' || isOwn ? before : before + 1;
}
