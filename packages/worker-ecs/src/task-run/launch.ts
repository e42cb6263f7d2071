import type { ClassifiedLaunchError } from '../aws/launch-errors/classify-launch-error.js';
import type { ClusterPlace } from '../place/ecs-launch-place.js';
import type { LaunchName } from './launch-token.js';
import type { LaunchOrder, PreparedTaskRun } from './launch-types.js';
import type { TokenRow } from './token-row.js';

type LaunchErrorClass = ClassifiedLaunchError['class'];

/** A launch under way: what it is sent with next, and what it has been through. */
export interface Launch {
  readonly order: LaunchOrder;
  readonly name: LaunchName;
  readonly place: ClusterPlace;
  prepared: PreparedTaskRun;
  token: TokenRow;
  /** The row that is stored with the run. Null: none is. */
  storedRow: number | null;
  tries: number;
  renewals: number;
  errorClass: LaunchErrorClass | null;
  triesOfClass: number;
  /** When each class of error was met first. Classes may take turns, and none is outlasted longer for that. */
  readonly sinceMs: Map<LaunchErrorClass, number>;
}

/** Counts an error. Returns the seconds since its class was met first. */
export function countError(launch: Launch, errorClass: LaunchErrorClass, nowMs: number): number {
  if (launch.errorClass !== errorClass) launch.triesOfClass = 0;
  launch.errorClass = errorClass;
  launch.triesOfClass += 1;
  const sinceMs = launch.sinceMs.get(errorClass) ?? nowMs;
  launch.sinceMs.set(errorClass, sinceMs);
  return (nowMs - sinceMs) / 1000;
}
