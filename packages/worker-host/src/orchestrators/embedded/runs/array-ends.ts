import { isFinalStateType, type StateType } from '@worker-host/core';
import type { StateCounts } from './run-selection.js';

/** The order in which counts are listed. */
const TOLD: readonly StateType[] = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED', 'CANCELLING', 'RUNNING', 'PENDING'];

/** The end of an array. */
export interface ArrayEnd {
  readonly type: 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly message: string;
}

/**
 * Returns how an array ends: Failed when a run failed or crashed, else Cancelled when one was cancelled, else Completed. A
 * cancelled array ends Cancelled unless all its runs have completed. Null: runs are open.
 */
export function arrayEndOf(counts: StateCounts, isCancelled: boolean): ArrayEnd | null {
  if (openOf(counts) > 0) return null;
  const failed = countOf(counts, 'FAILED') + countOf(counts, 'CRASHED');
  const hasFailed = failed > 0 && !isCancelled;
  const isWhole = failed === 0 && countOf(counts, 'CANCELLED') === 0;
  const type = hasFailed ? 'FAILED' : isWhole ? 'COMPLETED' : 'CANCELLED';
  return { type, message: describeArrayCounts(counts) };
}

/** Such as `4 of 10 ended: 3 completed, 1 failed, 2 running`. */
export function describeArrayCounts(counts: StateCounts): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const parts = TOLD.flatMap((type) => {
    const count = countOf(counts, type);
    return count === 0 ? [] : [`${count} ${type.toLowerCase()}`];
  });
  return `${total - openOf(counts)} of ${total} ended${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

function openOf(counts: StateCounts): number {
  return Object.entries(counts).reduce(
    (sum, [type, count]) => sum + (isFinalStateType(type as StateType) ? 0 : count),
    0,
  );
}

function countOf(counts: StateCounts, type: StateType): number {
  return counts[type] ?? 0;
}
