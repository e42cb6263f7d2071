import { type Plan, planOf } from './plan.js';
import { Violation } from './violation.js';
import { type Outcome, World } from './world.js';

/** A simulation creates many errors, and reads only the stack of its own faults. */
Error.stackTraceLimit = 4;

/** How one seed went. */
export type SeedResult =
  | { readonly seed: number; readonly isKept: true; readonly outcome: Outcome }
  | { readonly seed: number; readonly isKept: false; readonly promise: string; readonly message: string };

/** Simulates a plan. @param tells records the story, which costs time. */
export async function simulate(plan: Plan, tells = false): Promise<SeedResult & { readonly story: readonly string[] }> {
  const world = new World(plan, tells);
  const { seed } = plan;
  try {
    const outcome = await world.run();
    return { seed, isKept: true, outcome, story: world.story };
  } catch (error) {
    const { promise, message } =
      error instanceof Violation ? error : { promise: 'no-fault', message: String((error as Error).stack) };
    return { seed, isKept: false, promise, message, story: world.story };
  }
}

export function simulateSeed(seed: number): Promise<SeedResult & { readonly story: readonly string[] }> {
  return simulate(planOf(seed));
}

/**
 * The shortest plan found that breaks the same promise: omits faults, runs and workers while it does, and makes
 * what is left simpler.
 */
export async function shrink(plan: Plan, promise: string): Promise<Plan> {
  let smallest = plan;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of simpler(smallest)) {
      const result = await simulate(candidate);
      if (result.isKept || result.promise !== promise) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

function* simpler(plan: Plan): Generator<Plan> {
  const { faults, runs, workers } = plan;
  for (const index of faults.keys()) yield { ...plan, faults: faults.toSpliced(index, 1) };
  if (runs.length > 1) for (const index of runs.keys()) yield { ...plan, runs: runs.toSpliced(index, 1) };
  if (workers > 1 && !faults.some((fault) => 'worker' in fault && fault.worker === workers - 1))
    yield { ...plan, workers: workers - 1 };
  if (plan.poolLimit !== null) yield { ...plan, poolLimit: null };
  if (plan.workerLimit !== null) yield { ...plan, workerLimit: null };
  if (Object.values(plan.lagMs).some((ms) => ms > 0)) yield { ...plan, lagMs: { describe: 0, list: 0, stop: 0 } };
  for (const [index, run] of runs.entries()) {
    if (run.isInterrupted) yield { ...plan, runs: runs.with(index, { ...run, isInterrupted: false }) };
    if (run.cancelAtMs !== null) yield { ...plan, runs: runs.with(index, { ...run, cancelAtMs: null }) };
    if (run.outside !== null) yield { ...plan, runs: runs.with(index, { ...run, outside: null }) };
    if (run.atMs > 0) yield { ...plan, runs: runs.with(index, { ...run, atMs: 0 }) };
  }
}
