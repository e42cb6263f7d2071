import { medianOf } from '../benchmark.js';
import { MEASURES, type Measure, type Measured, type MeasureKey } from './measures.js';

/** Repeated values of one figure. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly count: number;
}

/** One figure of both workers, with its goal. */
export interface Row {
  readonly key: MeasureKey;
  readonly title: string;
  readonly unit: string;
  /** Null: not measured. */
  readonly peer: Spread | null;
  readonly ours: Spread;
  /** Medians, ours through the peer's. Null: the peer has none. */
  readonly ratio: number | null;
  /** The value that ours may be at most, or at least. Null: there is none, or it depends on a peer without a value. */
  readonly goal: number | null;
  /** By how much of the goal ours misses it; 0: it is met. Null: there is no goal. */
  readonly distance: number | null;
}

/** The figures that were measured of worker-host, in the order of {@link MEASURES}. */
export function rowsOf({ peer, ours }: Measured): readonly Row[] {
  return (Object.entries(MEASURES) as [MeasureKey, Measure][]).flatMap(([key, measure]) => {
    const own = spreadOf(ours[(measure.ours ?? key) as MeasureKey]);
    const other = spreadOf(peer[key]);
    if (own === null || (measure.ours !== undefined && other === null)) return [];
    const { title, unit } = measure;
    const goal = goalOf(measure, other);
    return [
      {
        key,
        title,
        unit,
        peer: other,
        ours: own,
        ratio: other === null ? null : own.median / other.median,
        goal,
        distance: goal === null ? null : distanceOf(own.median, goal, measure),
      },
    ];
  });
}

function spreadOf(values: readonly number[] | undefined): Spread | null {
  if (values === undefined || values.length === 0) return null;
  return { min: Math.min(...values), median: medianOf(values), max: Math.max(...values), count: values.length };
}

function goalOf({ goal }: Measure, peer: Spread | null): number | null {
  if (goal === null) return null;
  if ('value' in goal) return goal.value;
  return peer === null || !Number.isFinite(peer.median) ? null : goal.ratio * peer.median;
}

function distanceOf(value: number, goal: number, { isLeast = false }: Measure): number {
  return Math.max(0, isLeast ? 1 - value / goal : value / goal - 1);
}
