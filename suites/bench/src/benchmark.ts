/** A measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** Examples: `ms`, `MiB`, `runs/s`. */
  readonly unit: string;
  /** Maximum (or, with `atLeast`, minimum); null: no limit. */
  readonly limit: number | null;
  readonly isLeast?: boolean;
}

/** A measurement on real processes. */
export interface Benchmark {
  readonly name: string;
  /** @param plot receives plots, as SVG, by the name of their file */
  measure(plot?: (file: string, svg: string) => void): Promise<readonly Figure[]>;
}

/** Returns whether a figure is within its limit. */
export function keepsLimit({ value, limit, isLeast = false }: Figure): boolean {
  if (limit === null) return true;
  return isLeast ? value >= limit : value <= limit;
}

/** Returns the median; NaN if there are no values. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Returns the value that this share of the values does not exceed; NaN if there are no values. */
export function percentileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
