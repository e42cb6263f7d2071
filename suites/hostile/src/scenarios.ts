import { joinShellWords } from 'worker-host';
import type { World } from './world.js';

/** Something hostile in addition to good runs. `act` is called repeatedly. */
export interface Scenario {
  readonly name: string;
  act(world: World, round: number): Promise<void>;
  /** Interval of `act`, in milliseconds. */
  readonly everyMs: number;
}

const PRINTERS: readonly string[] = [
  'head -c 300000 /dev/zero | tr "\\0" .; exit 3',
  'i=0; while [ $i -lt 8 ]; do head -c 100000 /dev/zero | tr "\\0" .; echo; i=$((i+1)); done; exit 3',
  'head -c 200000 /dev/urandom; exit 1',
  'head -c 1000000 /dev/zero; exit 1',
  'i=0; while [ $i -lt 20000 ]; do echo "line … $i ... %41%41 \\\\x41"; i=$((i+1)); done; exit 1',
  'head -c 500000 /dev/zero | tr "\\0" "{"; exit 1',
];

/** Templates and job variables that multiply, nest and repeat. */
const BOMBS: readonly Record<string, string | object>[] = [
  { command: '{{ prefect.variables.bomb }}'.repeat(4000) },
  { command: '{{ a }}'.repeat(20_000), a: '{{ a }}{{ a }}'.repeat(2000) },
  {
    env: Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`A${index}`, '{{ prefect.variables.bomb }}']),
    ),
  },
  { command: `{{ ${'a.'.repeat(100_000)}a }}` },
  { [`env${'.a'.repeat(5000)}`]: 'x' },
  { labels: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`.repeat(20), 'v'])) },
];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'output',
    everyMs: 1500,
    act: async (world, round) => {
      const script = PRINTERS[round % PRINTERS.length] ?? 'true';
      await world.queue({ command: joinShellWords(['sh', '-c', script]), stream_output: true }, false);
    },
  },
  {
    name: 'template',
    everyMs: 700,
    act: async (world, round) => {
      if (round === 0) await world.administration.setVariable('bomb', '{{ prefect.variables.bomb }}'.repeat(50));
      await world.queue(BOMBS[round % BOMBS.length] ?? {}, false);
    },
  },
  {
    name: 'queue',
    everyMs: 100,
    act: async (world, round) => {
      for (const body of world.messages(round)) world.send(body);
    },
  },
  {
    name: 'server',
    everyMs: 200,
    act: async (world) => {
      world.proxy.isHostile = true;
    },
  },
];
