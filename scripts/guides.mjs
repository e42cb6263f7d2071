// Runs the blocks of docs/how-to and of the README's quick start, page by page, on the embedded pool and the local AWS, or on moto where a page says
// `<!-- runs on: moto -->`. A block `sh` holds commands, a block `console` a session whose output must be as shown: `…` stands for
// any text within a line, and alone for any lines. A block behind `<!-- not run: why -->` is left out; a comment `<!-- run … -->` holds
// commands that readers are not shown. Needs a build, bash and jq. Ends with `N passed, N failed`, counted by blocks.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasMoto, startLocalAws, startMoto } from './guides/aws-places.mjs';
import { blocksOf, placeOf } from './guides/page-blocks.mjs';
import { differenceOf, outputsOf, scriptOf, stepsOf } from './guides/session.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const QUICK_START = /^### Without a server[\s\S]*?(?=^### )/m;
const pages = [
  ...readdirSync(join(root, 'docs/how-to'))
    .sort()
    .map((name) => ({ name: `docs/how-to/${name}`, page: readFileSync(join(root, 'docs/how-to', name), 'utf8') })),
  { name: 'README.md', page: QUICK_START.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[0] ?? '' },
];
const wanted = process.argv.slice(2).filter((word) => word !== '--');
const MARK = '--- next command ---';
/** What the pages take for given. */
const BEFORE =
  'worker-host pool create mine --type ecs; worker-host deployment create nightly --pool mine -- ./report.sh';
/** The ids on the pages exist nowhere, so `doctor` has something to say: its findings are no failure. */
const DOCTOR =
  'worker-host() { command worker-host "$@" || { local code=$?; [ "$1" = doctor ] && [ $code -ge 13 ]; }; }';

const work = mkdtempSync(join(tmpdir(), 'guides-'));
const localAws = await startLocalAws();
let passed = 0;
let failed = 0;
try {
  for (const { name, page } of pages) {
    if (wanted.length > 0 && !wanted.some((each) => name.includes(each))) continue;
    if (placeOf(page) === 'local-aws') runPage(name, page, localAws.environment);
    else if (hasMoto) await runOnMoto(name, page);
    else console.log(`${name} is left out: no moto; .ci/run installs it, or name its place in WORKER_HOST_CFN_VENV`);
  }
} finally {
  localAws.stop();
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runOnMoto(name, page) {
  const moto = await startMoto();
  try {
    runPage(name, page, moto.environment);
  } finally {
    moto.stop();
  }
}

function runPage(name, page, awsEnvironment) {
  const home = join(work, basename(name, '.md'));
  mkdirSync(home);
  const env = {
    ...awsEnvironment,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: home,
    WORKER_HOST_HOME: join(home, 'data'),
    WORKER_HOST_PLUGIN: join(root, 'packages/worker-ecs'),
    WORKER_HOST_RUN_ONCE: 'true',
  };
  const run = (script, ...options) =>
    spawnSync('bash', [...options, '-c', script], { cwd: home, env, encoding: 'utf8' });
  run(BEFORE);
  const blocks = blocksOf(page);
  if (blocks.length === 0) {
    failed += 1;
    console.log(`✘ ${name} has no block to run`);
  }
  for (const { kind, text } of blocks) {
    const problem = kind === 'console' ? problemOfSession(text, run) : problemOfCommands(text, run);
    if (problem === null) passed += 1;
    else {
      failed += 1;
      console.log(`✘ ${name}\n${problem}`);
    }
  }
}

function problemOfCommands(text, run) {
  const { status, stdout, stderr } = run(`${DOCTOR}\n${text}`, '-e', '-o', 'pipefail');
  return status === 0 ? null : `exit code ${status}:\n${text}${stdout}${stderr}`;
}

function problemOfSession(text, run) {
  const steps = stepsOf(text);
  const outputs = outputsOf(run(scriptOf(steps, MARK)).stdout, MARK);
  const differences = steps.flatMap((step, index) => differenceOf(step, outputs[index]) ?? []);
  return differences.length === 0 ? null : differences.join('\n');
}
