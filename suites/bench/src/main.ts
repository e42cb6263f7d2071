import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Benchmark, keepsLimit } from './benchmark.js';
import { burst } from './burst.js';
import { claimToLaunch } from './claim-to-launch.js';
import { compareWith } from './comparison/compare-with.js';
import { PARTS } from './comparison/comparison.js';
import { profileLaunches } from './costs/profile.js';
import { quick, writeBaseline } from './costs/quick.js';
import { aliveGrowth } from './growth/alive-growth.js';
import { launchGrowth } from './growth/launch-growth.js';
import { workersGrowth } from './growth/workers-growth.js';
import { lists } from './lists.js';
import { fullPool } from './peers/full-pool.js';
import { peers } from './peers/peers.js';
import { redaction } from './redaction.js';
import { sharedQueue } from './shared-queue.js';
import { startAndIdle } from './start-and-idle.js';

/** Those that are measured on their own, with limits. */
const BENCHMARKS: readonly Benchmark[] = [
  startAndIdle,
  redaction,
  claimToLaunch,
  lists,
  burst,
  sharedQueue,
  peers,
  fullPool,
  aliveGrowth,
  launchGrowth,
  workersGrowth,
];

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    only: { type: 'string', multiple: true },
    out: { type: 'string' },
    peer: { type: 'string', default: 'prefect' },
    repeat: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'write-baseline': { type: 'boolean', default: false },
  },
});
const known = [...Object.keys(PARTS), ...BENCHMARKS.map(({ name }) => name)];
const wanted = values.only ?? Object.keys(PARTS);
if (wanted.some((name) => !known.includes(name))) throw new TypeError(`--only takes ${known.join(', ')}`);
const repeat = Number(values.repeat);
if (!(Number.isInteger(repeat) && repeat > 0)) throw new TypeError('--repeat takes a number of 1 and more');

if (values['write-baseline']) console.log(await writeBaseline());
else if (values.profile) await profileLaunches(values.out ?? 'profile');
else if (values.quick) await measureAlone([quick]);
else {
  const parts = Object.keys(PARTS).filter((name) => wanted.includes(name));
  if (parts.length > 0) await compareWith({ parts, repeat, peer: values.peer, folder: values.out ?? null });
  await measureAlone(BENCHMARKS.filter(({ name }) => wanted.includes(name)));
}
process.exit();

async function measureAlone(benchmarks: readonly Benchmark[]): Promise<void> {
  let [passed, failed] = [0, 0];
  for (const benchmark of benchmarks) {
    for (const figure of await benchmark.measure(writePlot)) {
      const isKept = keepsLimit(figure);
      if (isKept) passed += 1;
      else failed += 1;
      if (values.json) {
        console.log(JSON.stringify({ benchmark: benchmark.name, ...figure, isKept }));
        continue;
      }
      const limit = figure.limit === null ? '' : `  (${figure.isLeast ? 'at least' : 'at most'} ${figure.limit})`;
      const value = Number.isInteger(figure.value) ? String(figure.value) : figure.value.toFixed(2);
      console.log(`${isKept ? ' ' : '!'} ${benchmark.name}: ${figure.name} ${value} ${figure.unit}${limit}`);
    }
  }
  if (passed + failed > 0) console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function writePlot(file: string, svg: string): void {
  if (values.out === undefined) return;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, file), svg);
}
