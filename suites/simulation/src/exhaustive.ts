import type { Plan, PlannedFault, PlannedRun } from './plan.js';
import { simulate } from './simulate.js';

const RUN: PlannedRun = {
  id: 'run-1',
  atMs: 0,
  durationMs: 20_000,
  exitCode: 0,
  cancelAtMs: null,
  isInterrupted: false,
  outside: null,
};

const SMALL: Plan = {
  seed: 1,
  hostReportsStates: true,
  seesDeaths: true,
  workers: 2,
  poolLimit: null,
  workerLimit: null,
  lagMs: { describe: 0, list: 0, stop: 0 },
  failuresUseToken: true,
  refusalsUseToken: false,
  runs: [RUN],
  faults: [],
};

/** Calls a worker makes from its start to well after the end of a run. */
const CALLS = 40;

/**
 * Every interleaving of a small scope: two workers, one run, one crash before or after each call of the worker that has
 * it, and each call answered, unanswered or answered late; with and without a cancellation, by both kinds of control
 * plane, with tasks that are visible immediately or late.
 */
export function* exhaustivePlans(): Generator<Plan> {
  for (const hostReportsStates of [true, false])
    for (const cancelAtMs of [null, 4000])
      for (const lag of [0, 6000])
        for (const fault of singleFaults()) {
          const lagMs = { describe: lag, list: lag * 2, stop: lag };
          yield { ...SMALL, hostReportsStates, lagMs, runs: [{ ...RUN, cancelAtMs }], faults: fault };
        }
}

function* singleFaults(): Generator<readonly PlannedFault[]> {
  for (let call = 1; call <= CALLS; call += 1)
    for (const worker of [0, 1]) {
      for (const side of ['before', 'after'] as const)
        for (const keepsName of [true, false]) {
          const crash: PlannedFault = { kind: 'crash', worker, call, side, restartMs: 8000, keepsName };
          yield [crash];
          if (keepsName) yield [crash, { kind: 'cluster', atMs: 5000 }];
        }
      yield [{ kind: 'lost-answer', worker, call }];
      yield [{ kind: 'double', worker, call }];
      yield [{ kind: 'slow', worker, call, ms: 50_000 }];
      yield [{ kind: 'pause', worker, call, side: 'before', ms: 60_000 }];
    }
}

/** Simulates all of them. */
export async function simulateAll(
  plans: Iterable<Plan>,
  onFailure: (plan: Plan, promise: string, message: string) => void,
): Promise<{ readonly passed: number; readonly failed: number }> {
  let [passed, failed] = [0, 0];
  for (const plan of plans) {
    const result = await simulate(plan);
    if (result.isKept) passed += 1;
    else {
      failed += 1;
      onFailure(plan, result.promise, result.message);
    }
  }
  return { passed, failed };
}
