/** One figure that was measured. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** Such as `ms`, `MiB`, `runs/s`. */
  readonly unit: string;
  /** The most (or, with `atLeast`, the least) it may be; null: it is only told. */
  readonly limit: number | null;
  readonly isLeast?: boolean;
}

/** Something that is measured on real processes. */
export interface Benchmark {
  readonly name: string;
  measure(): Promise<readonly Figure[]>;
}

/** Whether a figure keeps its limit. */
export function keepsLimit({ value, limit, isLeast = false }: Figure): boolean {
  if (limit === null) return true;
  return isLeast ? value >= limit : value <= limit;
}

/** The middle of the values; NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
