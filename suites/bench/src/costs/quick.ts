import { readFileSync, writeFileSync } from 'node:fs';
import type { Benchmark } from '../benchmark.js';
import { type Costs, figuresOf, lowestOf } from './costs.js';
import { measureCosts } from './measure-costs.js';

const BASELINE = new URL('../../../baseline.json', import.meta.url);
const TRIES = 3;

/** The costs of a run against the baseline. More tries are made only while one is above its limit. */
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

/** Writes what is measured now as the baseline. */
export async function writeBaseline(): Promise<Costs> {
  const costs = lowestOf([await measureCosts(), await measureCosts(), await measureCosts()]);
  const rounded = Object.fromEntries(Object.entries(costs).map(([name, value]) => [name, Number(value.toFixed(3))]));
  writeFileSync(BASELINE, `${JSON.stringify(rounded, null, 2)}\n`);
  return costs;
}

function exceeds(costs: Costs, baseline: Costs): boolean {
  return figuresOf(costs, baseline).some(({ value, limit }) => limit !== null && value > limit);
}
