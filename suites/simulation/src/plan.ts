import { Random } from './random.js';

/** A run of a plan. */
export interface PlannedRun {
  readonly id: string;
  /** Milliseconds since the beginning, as are all times of a plan. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly cancelAtMs: number | null;
  /** The infrastructure ends the first task while it runs, like a Spot interruption. */
  readonly isInterrupted: boolean;
  /** Made final from outside, or deleted. Null: never. */
  readonly outside: { readonly atMs: number; readonly how: 'FAILED' | 'COMPLETED' | 'CANCELLED' | 'deleted' } | null;
}

/** A fault, or an operation on the workers. */
export type PlannedFault =
  /** The process dies at its n-th call, before it is sent or after it was executed. */
  | {
      readonly kind: 'crash';
      readonly worker: number;
      readonly call: number;
      readonly side: 'before' | 'after';
      readonly restartMs: number;
      readonly keepsName: boolean;
    }
  /** The process is paused, as with SIGSTOP, at its n-th call. */
  | {
      readonly kind: 'pause';
      readonly worker: number;
      readonly call: number;
      readonly side: 'before' | 'after';
      readonly ms: number;
    }
  /** The response to the n-th call is lost; the call was executed. */
  | { readonly kind: 'lost-answer'; readonly worker: number; readonly call: number }
  /** The n-th call is executed twice, as when the network repeats it. */
  | { readonly kind: 'double'; readonly worker: number; readonly call: number }
  /** The n-th call or its response is slow, so that responses are reordered. */
  | { readonly kind: 'slow'; readonly worker: number; readonly call: number; readonly ms: number }
  | {
      readonly kind: 'partition';
      readonly worker: number;
      readonly from: 'control-plane' | 'aws';
      readonly atMs: number;
      readonly ms: number;
    }
  | { readonly kind: 'credentials'; readonly worker: number; readonly atMs: number; readonly ms: number }
  /** The pool's template names another cluster from then on. */
  | { readonly kind: 'cluster'; readonly atMs: number }
  /** There is no capacity for a while. */
  | { readonly kind: 'capacity'; readonly atMs: number; readonly ms: number }
  /** The worker is stopped in order and started again. */
  | {
      readonly kind: 'stop';
      readonly worker: number;
      readonly atMs: number;
      readonly restartMs: number;
      readonly keepsName: boolean;
    };

/** Everything that happens in one simulation. The seed also determines the remaining random numbers. */
export interface Plan {
  readonly seed: number;
  readonly hostReportsStates: boolean;
  /** True: a dead process is detected immediately, and a paused one never; false: both by missed heartbeats. */
  readonly seesDeaths: boolean;
  readonly workers: number;
  /** Null: no limit. */
  readonly poolLimit: number | null;
  /** Maximum number of active runs of a worker. Null: no limit. */
  readonly workerLimit: number | null;
  /** Milliseconds until a new task is seen by DescribeTasks, ListTasks and StopTask. */
  readonly lagMs: { readonly describe: number; readonly list: number; readonly stop: number };
  /** Behaviour that AWS does not specify: whether responses without a task, and rejections, use up their token. */
  readonly failuresUseToken: boolean;
  readonly refusalsUseToken: boolean;
  readonly runs: readonly PlannedRun[];
  readonly faults: readonly PlannedFault[];
}

const MINUTE_MS = 60_000;
const MOST_CALLS = 200;

/** Returns the plan of a seed. */
export function planOf(seed: number): Plan {
  const random = new Random(seed).split('plan');
  const workers = random.pick([2, 2, 2, 3, 3, 4, 5]);
  const hasLongJobs = random.chance(0.1);
  const runs = Array.from({ length: random.integer(2, 30) }, (_, index) => plannedRun(random, index, hasLongJobs));
  const faults = Array.from({ length: random.integer(0, 7) }, () => plannedFault(random, workers));
  return {
    seed,
    hostReportsStates: random.chance(0.5),
    seesDeaths: random.chance(0.3),
    workers,
    poolLimit: random.chance(0.3) ? random.integer(1, 3) : null,
    workerLimit: random.chance(0.25) ? random.integer(1, 4) : null,
    lagMs: random.chance(0.6)
      ? { describe: random.integer(0, 8000), list: random.integer(0, 15_000), stop: random.integer(0, 8000) }
      : { describe: 0, list: 0, stop: 0 },
    failuresUseToken: random.chance(0.7),
    refusalsUseToken: random.chance(0.3),
    runs,
    faults,
  };
}

function plannedRun(random: Random, index: number, hasLongJobs: boolean): PlannedRun {
  const atMs = random.chance(0.6) ? 0 : random.integer(0, MINUTE_MS);
  const isCancelled = random.chance(0.25);
  const isOutside = !isCancelled && random.chance(hasLongJobs ? 0.1 : 0.06);
  return {
    id: `run-${index + 1}`,
    atMs,
    durationMs: plannedDurationMs(random, isOutside && hasLongJobs),
    exitCode: random.chance(0.75) ? 0 : random.integer(1, 3),
    cancelAtMs: isCancelled ? atMs + random.spread(1, MINUTE_MS) : null,
    isInterrupted: random.chance(0.12),
    outside: isOutside
      ? {
          atMs: atMs + random.spread(10_000, MINUTE_MS),
          how: random.pick(['FAILED', 'COMPLETED', 'CANCELLED', 'deleted'] as const),
        }
      : null,
  };
}

/** A job that continues long after its run was made final from outside shows whether it is stopped; it takes long to simulate. */
function plannedDurationMs(random: Random, mayBeLong: boolean): number {
  if (mayBeLong && random.chance(0.7)) return 10 * MINUTE_MS;
  return random.chance(0.1) ? random.integer(30_000, 2 * MINUTE_MS) : random.spread(1000, 30_000);
}

function plannedFault(random: Random, workers: number): PlannedFault {
  const worker = random.integer(0, workers - 1);
  const call = random.spread(1, MOST_CALLS);
  const atMs = random.integer(0, (2 * MINUTE_MS) / 3);
  const side = random.pick(['before', 'after'] as const);
  const restartMs = random.spread(100, MINUTE_MS / 2);
  const keepsName = random.chance(0.5);
  switch (random.integer(0, 12)) {
    case 0:
    case 1:
    case 2:
      return { kind: 'crash', worker, call, side, restartMs, keepsName };
    case 3:
    case 4:
      return { kind: 'pause', worker, call, side, ms: random.spread(1000, MINUTE_MS) };
    case 5:
      return { kind: 'lost-answer', worker, call };
    case 6:
      return { kind: 'double', worker, call };
    case 7:
      return { kind: 'slow', worker, call, ms: random.spread(1000, MINUTE_MS) };
    case 8:
      return {
        kind: 'partition',
        worker,
        from: random.pick(['control-plane', 'aws']),
        atMs,
        ms: random.spread(5000, MINUTE_MS),
      };
    case 9:
      return { kind: 'credentials', worker, atMs, ms: random.spread(10_000, MINUTE_MS) };
    case 10:
      return { kind: 'cluster', atMs };
    case 11:
      return { kind: 'capacity', atMs, ms: random.spread(5000, MINUTE_MS) };
    default:
      return { kind: 'stop', worker, atMs, restartMs, keepsName };
  }
}

/** When the last planned thing has surely happened. Faults by number of call are over once the worker was restarted. */
export function quietFromMs({ faults, runs }: Plan): number {
  let quietMs = 0;
  for (const run of runs) quietMs = Math.max(quietMs, run.atMs, run.cancelAtMs ?? 0, run.outside?.atMs ?? 0);
  for (const fault of faults) {
    const atMs = 'atMs' in fault ? fault.atMs : 0;
    const ms = 'ms' in fault ? fault.ms : 'restartMs' in fault ? fault.restartMs : 0;
    quietMs = Math.max(quietMs, atMs + ms);
  }
  return quietMs;
}
