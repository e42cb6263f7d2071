import type { JobKind } from './facts.js';
import type { SeededRandom } from './random.js';

/** One thing done to the world at a time after the start. */
export interface Step {
  readonly atMs: number;
  readonly act: Act;
}

export type Act =
  /** `arraySize`: the number of runs in an array. Null: one run, without an array. */
  | {
      readonly kind: 'queue-run';
      readonly job: JobKind;
      readonly cancelAfterMs: number | null;
      readonly arraySize: number | null;
    }
  | { readonly kind: 'kill-worker' }
  | { readonly kind: 'stop-worker' }
  | { readonly kind: 'add-worker' }
  | { readonly kind: 'cut-network'; readonly forMs: number }
  | { readonly kind: 'jump-clock'; readonly byMs: number }
  | { readonly kind: 'throttle'; readonly operation: string; readonly calls: number }
  | { readonly kind: 'refuse-capacity'; readonly calls: number }
  | { readonly kind: 'lose-answer'; readonly operation: string; readonly when: 'before' | 'after' }
  | { readonly kind: 'hide-new-tasks'; readonly forMs: number }
  | { readonly kind: 'fail-image-pull' }
  | { readonly kind: 'interrupt-spot' }
  | { readonly kind: 'disturb-events'; readonly how: 'event-duplicate' | 'event-drop' | 'event-reorder' };

const OPERATIONS: readonly (readonly [string, number])[] = [
  ['RunTask', 5],
  ['DescribeTasks', 3],
  ['StopTask', 2],
  ['RegisterTaskDefinition', 1],
];

/**
 * All that one round does, from its seed alone: the same seed gives the same plan.
 *
 * @param lengthMs how long things are done; afterwards the world is left alone to come to rest
 */
export function planRound(random: SeededRandom, lengthMs: number): readonly Step[] {
  const steps: Step[] = [];
  for (let atMs = random.integer(0, 300); atMs < lengthMs; atMs += random.integer(50, 450)) {
    steps.push({ atMs, act: chooseAct(random) });
  }
  return steps;
}

function chooseAct(random: SeededRandom): Act {
  const kind = random.pick<Act['kind']>([
    ['queue-run', 30],
    ['kill-worker', 5],
    ['stop-worker', 1],
    ['add-worker', 2],
    ['cut-network', 2],
    ['jump-clock', 1],
    ['throttle', 3],
    ['refuse-capacity', 2],
    ['lose-answer', 9],
    ['hide-new-tasks', 2],
    ['fail-image-pull', 2],
    ['interrupt-spot', 2],
    ['disturb-events', 4],
  ]);
  switch (kind) {
    case 'queue-run':
      return {
        kind,
        job: random.pick<JobKind>([
          ['succeed', 6],
          ['fail', 2],
          ['long', 3],
        ]),
        cancelAfterMs: random.chance(0.2) ? random.integer(0, 3000) : null,
        arraySize: random.chance(0.15) ? random.integer(2, 5) : null,
      };
    case 'cut-network':
      return { kind, forMs: random.integer(200, 2500) };
    case 'jump-clock':
      return { kind, byMs: random.integer(-90_000, 90_000) };
    case 'throttle':
      return { kind, operation: random.pick(OPERATIONS), calls: random.integer(1, 6) };
    case 'refuse-capacity':
      return { kind, calls: random.integer(1, 3) };
    case 'lose-answer':
      return { kind, operation: random.pick(OPERATIONS), when: random.chance(0.7) ? 'after' : 'before' };
    case 'hide-new-tasks':
      return { kind, forMs: random.integer(200, 2000) };
    case 'disturb-events':
      return {
        kind,
        how: random.pick<'event-duplicate' | 'event-drop' | 'event-reorder'>([
          ['event-duplicate', 1],
          ['event-drop', 1],
          ['event-reorder', 1],
        ]),
      };
    default:
      return { kind };
  }
}
