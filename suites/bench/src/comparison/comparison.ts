import { alive } from '../alive/alive.js';
import type { Figure } from '../benchmark.js';
import { manyRuns } from '../many-runs.js';
import type { Arena, Each } from './arena.js';
import { measureDeaths } from './deaths.js';
import { measureLoops } from './launch-loops.js';
import { type Launches, measureLaunches, measureLaunchesWithoutQueue } from './launches.js';
import { join, type Measured, type Samples } from './measures.js';
import { measureIdle, measureStarts } from './starts.js';

/** What a comparison found. */
export interface Comparison extends Measured {
  /** When launches were accepted, in seconds, by what launched them. */
  readonly launches: Readonly<Record<string, readonly number[]>>;
  /** What the 300 runs asked of the server and of AWS, by kind. */
  readonly asked: Readonly<Record<string, Each<Launches['asked']>>>;
  /** Parts that could not be measured, and why. */
  readonly failures: readonly string[];
}

interface Found {
  readonly peer?: Samples;
  readonly ours?: Samples;
  readonly launches?: Comparison['launches'];
  readonly asked?: Comparison['asked'];
}

/** The parts of a comparison, in the order in which they are measured: those that need a quiet machine first. */
export const PARTS: Readonly<Record<string, (arena: Arena) => Promise<Found>>> = {
  start: (arena) => arena.measureEach((contender) => measureStarts(arena, contender)),
  launches: async (arena) => {
    const found = await arena.measureEach((contender) => measureLaunches(arena, contender));
    const { peer, ours } = found;
    const launches = {
      ...(arena.peer && peer && { [arena.peer.title]: peer.seconds }),
      [arena.ours.title]: ours.seconds,
    };
    return { ...samplesOf(found), launches, asked: { 'with a queue': askedOf(found) } };
  },
  deaths: (arena) => arena.measureEach((contender) => measureDeaths(arena, contender)),
  loops: async () => {
    const [one, ten] = [await measureLoops(1), await measureLoops(10)];
    const last = (launches: readonly number[]) => [Math.max(...launches)];
    return {
      peer: {
        loop: last(one.launches),
        loops: last(ten.launches),
        loopLaunched: [one.launches.length],
        loopsLaunched: [ten.launches.length],
      },
      launches: { 'a loop of RunTask calls': one.launches, 'ten such loops': ten.launches },
    };
  },
  'launches-without-queue': async (arena) => {
    const found = await arena.measureEach((contender) => measureLaunchesWithoutQueue(arena, contender));
    return { ...samplesOf(found), asked: { 'without a queue': askedOf(found) } };
  },
  idle: (arena) => arena.measureEach((contender) => measureIdle(arena, contender)),
  alive: async () => {
    const figures = await alive.measure();
    return {
      ours: {
        aliveMemory: valuesNamed(figures, 'resident at most, by polling alone'),
        aliveEnd: valuesNamed(figures, 'end seen after, median, by polling alone'),
      },
    };
  },
  'many-runs': async () => ({ ours: { runRate: valuesNamed(await manyRuns.measure(), 'runs a second') } }),
};

/** Measures each part `repeat` times. */
export async function compare(
  arena: Arena,
  parts: readonly string[],
  repeat: number,
  say: (line: string) => void,
): Promise<Comparison> {
  const all: Found[] = [];
  const failures: string[] = [];
  for (const part of parts) {
    for (let time = 1; time <= repeat; time += 1) {
      say(`measuring ${part}${repeat > 1 ? `, ${time} of ${repeat}` : ''}`);
      try {
        all.push((await PARTS[part]?.(arena)) ?? {});
      } catch (error) {
        failures.push(`${part} failed: ${error instanceof Error ? error.message : String(error)}`);
        say(failures.at(-1) ?? '');
      }
    }
  }
  return {
    peer: join(all.map(({ peer = {} }) => peer)),
    ours: join(all.map(({ ours = {} }) => ours)),
    launches: Object.assign({}, ...all.map(({ launches }) => launches)),
    asked: Object.assign({}, ...all.map(({ asked }) => asked)),
    failures,
  };
}

function samplesOf({ peer, ours }: Each<{ readonly samples: Samples }>): Each<Samples> {
  return { ...(peer && { peer: peer.samples }), ours: ours.samples };
}

function askedOf({ peer, ours }: Each<Pick<Launches, 'asked'>>): Each<Launches['asked']> {
  return { ...(peer && { peer: peer.asked }), ours: ours.asked };
}

function valuesNamed(figures: readonly Figure[], name: string): readonly number[] {
  return figures.filter((figure) => figure.name === name).map(({ value }) => value);
}
