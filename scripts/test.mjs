// Runs the tests of every package, two packages at a time, and adds up what they counted.
// Fails when a test fails, when a run crashes, and when a package that has tests ran none.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesUnder } from './conventions/source-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const reporter = join(root, 'scripts/count-reporter.cjs');
const counts = mkdtempSync(join(tmpdir(), 'worker-host-tests-'));
const wanted = process.argv.slice(2).filter((argument) => argument !== '--');

const suites = ['packages', 'examples', 'suites']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
  .filter((folder) => filesUnder(join(folder, 'test'), ['.test.ts']).length > 0)
  .filter((folder) => wanted.length === 0 || wanted.some((name) => folder.endsWith(name)));

const results = [];
const queue = [...suites, join(root, 'scripts')];
await Promise.all([runNext(), runNext()]);
rmSync(counts, { recursive: true, force: true });

let passed = 0;
let failed = 0;
for (const result of results.sort((a, b) => a.name.localeCompare(b.name))) {
  console.log(`${result.name}: ${result.passed} passed, ${result.failed} failed${result.note}`);
  passed += result.passed;
  failed += result.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runNext() {
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) results.push(await runSuite(folder));
}

function runSuite(folder) {
  const name = relative(root, folder);
  const countsFile = join(counts, `${name.replaceAll('/', '-')}.json`);
  const mochaPackage = join(root, 'packages/worker-core/node_modules/mocha');
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [join(mochaPackage, 'bin/mocha.js'), '--reporter', reporter, '--forbid-only'],
      {
        cwd: folder,
        env: { ...process.env, COUNTS_FILE: countsFile, MOCHA_PACKAGE: mochaPackage, FORCE_COLOR: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('close', (exitCode) => {
      const seconds = Math.round((Date.now() - started) / 1000);
      const result = countsOf(countsFile, exitCode);
      if (result.failed > 0) console.log(`\n--- ${name}\n${output}`);
      resolve({ name, ...result, note: `${result.note} (${seconds} s)` });
    });
  });
}

function countsOf(countsFile, exitCode) {
  let read;
  try {
    read = JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, note: `, ended without counts, exit code ${exitCode}` };
  }
  if (read.passes + read.failures === 0) return { passed: 0, failed: 1, note: ', ran no test' };
  if (exitCode !== 0 && read.failures === 0) return { passed: read.passes, failed: 1, note: `, exit code ${exitCode}` };
  return { passed: read.passes, failed: read.failures, note: read.pending > 0 ? `, ${read.pending} skipped` : '' };
}
