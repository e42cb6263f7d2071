import type { ClassifiedLaunchError } from '../aws/launch-errors/classify-launch-error.js';
import type { ClusterPlace } from '../place/ecs-launch-place.js';
import type { LaunchName } from './launch-token.js';
import type { LaunchOrder, PreparedTaskRun } from './launch-types.js';
import type { TokenRow } from './token-row.js';

type LaunchErrorClass = ClassifiedLaunchError['class'];

/** A launch in progress: what it is sent with next, and its history. */
export interface Launch {
  readonly order: LaunchOrder;
  readonly name: LaunchName;
  readonly place: ClusterPlace;
  prepared: PreparedTaskRun;
  token: TokenRow;
  /** The stored token number. Null: none. */
  storedRow: number | null;
  tries: number;
  renewals: number;
  errorClass: LaunchErrorClass | null;
  triesOfClass: number;
  /** When each class of error first occurred. Classes can alternate without extending the retries. */
  readonly sinceMs: Map<LaunchErrorClass, number>;
}

/** Counts an error. Returns the seconds since its class first occurred. */
export function countError(launch: Launch, errorClass: LaunchErrorClass, nowMs: number): number {
  if (launch.errorClass !== errorClass) launch.triesOfClass = 0;
  launch.errorClass = errorClass;
  launch.triesOfClass += 1;
  const sinceMs = launch.sinceMs.get(errorClass) ?? nowMs;
  launch.sinceMs.set(errorClass, sinceMs);
  return (nowMs - sinceMs) / 1000;
}
