import type { Figure } from '../benchmark.js';

/** What users pay for a run, in figures that do not depend on the machine's speed. */
export interface Costs {
  /** Processor time of the worker until a run is launched, in multiples of the calibration's. */
  readonly cpuOfARun: number;
  /** Requests to the Prefect server about the one run, until it is launched. */
  readonly requestsOfARun: number;
  /** Calls to AWS until a run is launched, without those that watch tasks. */
  readonly callsOfARun: number;
  /** Heap of the worker for each task that is alive. */
  readonly kibOfATask: number;
}

/** How much a cost may grow against the baseline. */
const MOST_GROWTH = 1.2;

const FIGURES: readonly (readonly [cost: keyof Costs, name: string, unit: string])[] = [
  ['cpuOfARun', 'CPU a run', 'calibrations'],
  ['requestsOfARun', 'API requests about a run', 'requests'],
  ['callsOfARun', 'AWS calls for a launch', 'calls'],
  ['kibOfATask', 'heap a task', 'KiB'],
];

/** The lowest of each cost: what else the machine does only ever adds. */
export function lowestOf(measured: readonly [Costs, ...Costs[]]): Costs {
  const lowest = { ...measured[0] };
  for (const [cost] of FIGURES) lowest[cost] = Math.min(...measured.map((each) => each[cost]));
  return lowest;
}

/** Each cost, limited to a fifth more than the baseline. */
export function figuresOf(costs: Costs, baseline: Costs): readonly Figure[] {
  return FIGURES.map(([cost, name, unit]) => ({
    name: `${name} (baseline ${baseline[cost].toFixed(2)})`,
    value: costs[cost],
    unit,
    limit: baseline[cost] * MOST_GROWTH,
  }));
}
