import type { Figure } from '../benchmark.js';

/** Growth beyond linear that the noise of measurements explains. */
const MOST_RATIO = 1.25;

/**
 * Returns how much more each further one costs between the last two sizes than between the first two: 1 is linear growth, and
 * less is better.
 */
export function growthRatio(points: readonly (readonly [size: number, value: number])[]): number {
  const [first, second] = points;
  const [before, last] = points.slice(-2);
  if (!first || !second || !before || !last || points.length < 3) return Number.NaN;
  return (last[1] - before[1]) / (last[0] - before[0]) / ((second[1] - first[1]) / (second[0] - first[0]));
}

export function growthFigure(what: string, points: readonly (readonly [size: number, value: number])[]): Figure {
  return { name: `growth of ${what} (1: linear)`, value: growthRatio(points), unit: '', limit: MOST_RATIO };
}
