import type { Figure } from '../benchmark.js';

/** Costs of a run, in figures that do not depend on the speed of the machine. */
export interface Costs {
  /** Processor time of the worker until its first poll, in multiples of a bare HTTP request's. */
  readonly cpuOfAStart: number;
  /** Heap of the worker at its first poll. */
  readonly mibOfAWorker: number;
  /** Processor time of the worker until a run is launched, in multiples of a bare HTTP request's. */
  readonly cpuOfARun: number;
  /** Requests to the Prefect server about the one run, until it is launched. */
  readonly requestsOfARun: number;
  /** Calls to AWS until a run is launched, without those that watch tasks. */
  readonly callsOfARun: number;
  /** Heap of the worker per running task. */
  readonly kibOfATask: number;
}

/** Maximum growth of a cost relative to the baseline. */
const MOST_GROWTH = 1.2;

const FIGURES: readonly (readonly [cost: keyof Costs, name: string, unit: string])[] = [
  ['cpuOfAStart', 'CPU of a start', 'bare requests'],
  ['mibOfAWorker', 'heap of a worker', 'MiB'],
  ['cpuOfARun', 'CPU a run', 'bare requests'],
  ['requestsOfARun', 'API requests about a run', 'requests'],
  ['callsOfARun', 'AWS calls for a launch', 'calls'],
  ['kibOfATask', 'heap a task', 'KiB'],
];

/** Returns the lowest value of each cost: other load on the machine only ever adds to it. */
export function lowestOf(measured: readonly [Costs, ...Costs[]]): Costs {
  const lowest = { ...measured[0] };
  for (const [cost] of FIGURES) lowest[cost] = Math.min(...measured.map((each) => each[cost]));
  return lowest;
}

/** Returns each cost with a limit of a fifth above the baseline. */
export function figuresOf(costs: Costs, baseline: Costs): readonly Figure[] {
  return FIGURES.map(([cost, name, unit]) => ({
    name: `${name} (baseline ${baseline[cost].toFixed(2)})`,
    value: costs[cost],
    unit,
    limit: baseline[cost] * MOST_GROWTH,
  }));
}
