import { readFileSync, writeFileSync } from 'node:fs';
import type { Benchmark } from '../benchmark.js';
import { type Costs, figuresOf, lowestOf } from './costs.js';
import { measureCosts } from './measure-costs.js';

const BASELINE = new URL('../../../baseline.json', import.meta.url);
const TRIES = 3;

/** Compares the costs of a run with the baseline. Repeats the measurement only while one exceeds its limit. */
export const quick: Benchmark = {
  name: 'quick',
  async measure() {
    const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Costs;
    let costs = await measureCosts();
    for (let tries = 1; tries < TRIES && exceeds(costs, baseline); tries += 1)
      costs = lowestOf([costs, await measureCosts()]);
    return figuresOf(costs, baseline);
  },
};

/** Writes the current measurements as the baseline. */
export async function writeBaseline(): Promise<Costs> {
  const costs = lowestOf([await measureCosts(), await measureCosts(), await measureCosts()]);
  const rounded = Object.fromEntries(Object.entries(costs).map(([name, value]) => [name, Number(value.toFixed(3))]));
  writeFileSync(BASELINE, `${JSON.stringify(rounded, null, 2)}\n`);
  return costs;
}

function exceeds(costs: Costs, baseline: Costs): boolean {
  return figuresOf(costs, baseline).some(({ value, limit }) => limit !== null && value > limit);
}
