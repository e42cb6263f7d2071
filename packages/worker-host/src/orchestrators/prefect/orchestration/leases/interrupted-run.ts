import type { InterruptedRun, RunLease } from '@worker-host/core';
import type { ApiFlowRun } from '../../api/api-types.js';
import { toFlowRun } from '../../api/nouns-from-api.js';
import type { AttemptOfStates } from './attempt-of-states.js';
import { parseLaunch, parseRunLabels } from './run-labels.js';

/**
 * Returns a run that was taken over, for the host.
 *
 * @param before the run before it was taken over
 * @param deaths see `InterruptedRun.deaths`
 */
export function interruptedRun(
  lease: RunLease,
  run: ApiFlowRun,
  before: ApiFlowRun,
  history: AttemptOfStates,
  deaths: number,
): InterruptedRun {
  const launch = parseLaunch(before.labels, history.attempt.id);
  return {
    lease,
    flowRun: toFlowRun(run),
    infrastructurePid: pidOfAttempt(run, before, history),
    launch: launch === null ? null : { relaunch: launch.relaunch, place: launch.place },
    outputCursor: null,
    deaths,
  };
}

/** Null: none is stored, or it may be that of an earlier launch. */
function pidOfAttempt(
  run: ApiFlowRun,
  before: ApiFlowRun,
  { attempt, isRepeated, note }: AttemptOfStates,
): string | null {
  const pid = run.infrastructure_pid || null;
  const launch = parseLaunch(before.labels, attempt.id);
  if (launch !== null) return pid === launch.earlierPid ? null : pid;
  if (!isRepeated) return pid;
  // No data of a worker of this kind identifies it. A worker of another kind has stored it by the time the job runs.
  const isOurKind = note !== null || parseRunLabels(before.labels).attemptId === attempt.id;
  return isOurKind || run.state_type === 'PENDING' ? null : pid;
}
