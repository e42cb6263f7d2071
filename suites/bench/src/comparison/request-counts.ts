import type { RecordedRequest } from '@worker-host/suite-interop';
import type { CallCounts } from '@worker-host/testing/local-aws';

/** Requests of each kind, most frequent first. */
export type RequestCounts = Readonly<Record<string, number>>;

/** API requests by method and path, with ids replaced. */
export function apiCounts(requests: readonly RecordedRequest[]): RequestCounts {
  const counts = new Map<string, number>();
  for (const { method, path } of requests) {
    const kind = `${method} ${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID').replaceAll(/bench-\d+/g, 'POOL')}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return sorted([...counts]);
}

/** AWS calls by operation that were made since the counts before. */
export function awsCounts(
  before: Readonly<Record<string, CallCounts>>,
  after: Readonly<Record<string, CallCounts>>,
): RequestCounts {
  const made = Object.entries(after).map(([name, { total }]) => [name, total - (before[name]?.total ?? 0)] as const);
  return sorted(made.filter(([, count]) => count > 0));
}

/** Sum of all kinds. */
export function totalOf(counts: RequestCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function sorted(counts: readonly (readonly [kind: string, count: number])[]): RequestCounts {
  return Object.fromEntries(counts.toSorted(([, a], [, b]) => b - a));
}
