// Runs the shell blocks of docs/how-to, page by page, on the embedded pool and local AWS. Needs a build, bash and jq. A block behind
// `<!-- not run: why -->` is left out. Ends with `N passed, N failed`, counted by blocks.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = join(root, 'docs/how-to');
const BLOCK = /(?<skip><!-- not run: .+ -->\n\n?)?^(?<indent> *)```sh\n(?<body>[\s\S]*?)^ *```$/gm;
/** What the pages take for given. */
const BEFORE =
  'worker-host pool create mine --type ecs; worker-host deployment create nightly --pool mine -- ./report.sh';
/** The ids on the pages exist nowhere, so `doctor` has something to say: its findings are no failure. */
const DOCTOR =
  'worker-host() { command worker-host "$@" || { local code=$?; [ "$1" = doctor ] && [ $code -ge 13 ]; }; }';

const work = mkdtempSync(join(tmpdir(), 'guides-'));
const aws = spawn(process.execPath, [join(root, 'packages/testing/bin/local-aws.js'), '--json', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let passed = 0;
let failed = 0;
try {
  const { environment } = JSON.parse(await firstLineOf(aws.stdout));
  for (const page of readdirSync(pages).sort()) runPage(page, environment);
} finally {
  aws.kill();
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function runPage(page, awsEnvironment) {
  const home = join(work, basename(page, '.md'));
  mkdirSync(home);
  const env = {
    ...awsEnvironment,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: home,
    WORKER_HOST_HOME: join(home, 'data'),
    WORKER_HOST_PLUGIN: join(root, 'packages/worker-ecs'),
    WORKER_HOST_RUN_ONCE: 'true',
  };
  const run = (script) =>
    spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: home, env, encoding: 'utf8' });
  run(BEFORE);
  for (const { groups } of readFileSync(join(pages, page), 'utf8').matchAll(BLOCK)) {
    if (groups.skip !== undefined) continue;
    const { status, stdout, stderr } = run(`${DOCTOR}\n${groups.body}`);
    if (status === 0) passed += 1;
    else {
      failed += 1;
      console.log(`✘ docs/how-to/${page}, exit code ${status}:\n${groups.body}${stdout}${stderr}`);
    }
  }
}

async function firstLineOf(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('Local AWS did not start');
}
