import { parseArgs } from 'node:util';
import { alive } from './alive/alive.js';
import { type Benchmark, keepsLimit } from './benchmark.js';
import { burst } from './burst.js';
import { claimToLaunch } from './claim-to-launch.js';
import { quick, writeBaseline } from './costs/quick.js';
import { lists } from './lists.js';
import { manyRuns } from './many-runs.js';
import { fullPool } from './peers/full-pool.js';
import { peers } from './peers/peers.js';
import { prefect } from './prefect.js';
import { redaction } from './redaction.js';
import { sharedQueue } from './shared-queue.js';
import { startAndIdle } from './start-and-idle.js';
import { startWithPrefect } from './start-with-prefect.js';

const BENCHMARKS: readonly Benchmark[] = [
  startAndIdle,
  startWithPrefect,
  redaction,
  claimToLaunch,
  manyRuns,
  lists,
  burst,
  sharedQueue,
  alive,
  peers,
  fullPool,
  prefect,
];

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'write-baseline': { type: 'boolean', default: false },
  },
});
if (values['write-baseline']) {
  console.log(await writeBaseline());
  process.exit();
}
const chosen = values.quick
  ? [quick]
  : BENCHMARKS.filter(({ name }) => values.only === undefined || values.only.includes(name));
if (chosen.length === 0) throw new TypeError(`--only takes ${BENCHMARKS.map(({ name }) => name).join(', ')}`);

let passed = 0;
let failed = 0;
for (const benchmark of chosen) {
  for (const figure of await benchmark.measure()) {
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
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
