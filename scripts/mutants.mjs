// Mutation tests. For the command line see mutants/command-line.mjs, for how it works CONTRIBUTING.md.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { changedLines, defaultBase } from './mutants/changed-lines.mjs';
import { parseCommandLine, USAGE, UsageError } from './mutants/command-line.mjs';
import { readEquivalents, withoutEquivalents } from './mutants/equivalent.mjs';
import { ModuleGraph } from './mutants/module-graph.mjs';
import { preparePackage } from './mutants/prepare-package.mjs';
import { TargetError, targetsOf } from './mutants/targets.mjs';
import { temporaryRoot } from './mutants/temporary-root.mjs';
import { killTestProcesses } from './mutants/test-process.mjs';
import { BaselineError, tryMutants } from './mutants/try-mutants.mjs';
import { mutantLine, reportOf, verdictOf } from './mutants/verdict.mjs';

const PROGRESS_EVERY_MS = 15_000;

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const workFolder = mkdtempSync(join(temporaryRoot(), 'worker-host-mutants-'));
// Tests put their files there too, so that those of killed processes are removed as well.
process.env.TMPDIR = workFolder;
process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isPlain = [BaselineError, TargetError, UsageError].some((type) => error instanceof type);
  console.error(isPlain ? error.message : error);
  if (error instanceof UsageError) console.error(USAGE);
  if (error instanceof BaselineError) console.log('0 passed, 1 failed');
  process.exitCode = error instanceof BaselineError ? 1 : 2;
}

async function main(args) {
  const isPath = (text) => [text, join(root, text), join(root, 'packages', text)].some(existsSync);
  const wish = parseCommandLine(args, isPath);
  if (wish.isHelp) {
    console.log(USAGE);
    return 0;
  }
  const started = Date.now();
  const targets = targetsOf(wish.paths, root, process.env.INIT_CWD ?? process.cwd());
  const lines = wish.changedSince === null ? null : changedLines(root, wish.changedSince || defaultBase(root));
  const files = [...new Set(targets.flatMap((target) => target.files))].map((file) => relative(root, file));
  const packages = [...new Set(targets.map(({ packageFolder }) => packageFolder))].map((folder) => {
    const sources = targets.filter(({ packageFolder }) => packageFolder === folder).flatMap((target) => target.files);
    const touched = [...new Set(sources)].filter((source) => lines === null || lines.has(source));
    const prepared = preparePackage({ root, packageFolder: folder, sources: touched, workFolder });
    const wanted = prepared.mutants.filter(
      ({ file, line, lastLine }) => lines === null || lines.get(join(root, file))(line, lastLine),
    );
    return { folder, ...prepared, wanted };
  });
  const { counted, equivalent, stale } = withoutEquivalents(
    packages.flatMap(({ wanted }) => wanted),
    readEquivalents(),
    lines === null ? files : [],
  );
  if (wish.isListOnly) {
    for (const mutant of counted) console.log(mutantLine(mutant));
    return 0;
  }
  if (lines !== null && counted.length === 0) {
    console.log('The changed lines contain nothing to mutate.');
    return 0;
  }
  const isSample = wish.changedSince !== null || wish.minutes !== null;
  await tryPackages(packages, new Set(counted), { ...wish, isSample }, started);
  return report(targets, { counted, equivalent, stale, isSample, seconds: Math.round((Date.now() - started) / 1000) });
}

async function tryPackages(packages, counted, { minutes, workers, isSample }, started) {
  const deadlineMs = minutes === null ? Number.POSITIVE_INFINITY : started + minutes * 60_000;
  const busy = packages.filter(({ wanted }) => wanted.some((mutant) => counted.has(mutant)));
  for (const [index, { folder, instrumented, mutants: all, wanted }] of busy.entries()) {
    const own = wanted.filter((mutant) => counted.has(mutant));
    const chosen = minutes === null ? own : shuffled(own);
    const endMs = Date.now() + (deadlineMs - Date.now()) / (busy.length - index);
    const graph = new ModuleGraph(join(folder, 'dist'));
    await tryMutants({ folder, graph, instrumented, all }, chosen, {
      workers,
      isSample,
      isOver: () => Date.now() >= endMs,
      onOutcome: progressOf(relative(root, folder), chosen.length),
      onUnusable: (failure) => console.log(`Not used, since it fails without a mutant: ${failure}`),
    });
  }
}

/** Orders mutants by a hash of their names, so that the part tested in limited time is a fair and repeatable sample. */
function shuffled(mutants) {
  const rank = ({ file, name }) => createHash('sha256').update(`${file} ${name}`).digest('hex');
  return mutants
    .map((mutant) => ({ mutant, at: rank(mutant) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ mutant }) => mutant);
}

function progressOf(name, total) {
  let done = 0;
  let shownMs = Date.now();
  return () => {
    done += 1;
    if (Date.now() - shownMs < PROGRESS_EVERY_MS) return;
    shownMs = Date.now();
    console.log(`${name}: ${done} of ${total} mutants tested`);
  };
}

function report(targets, { counted, equivalent, stale, isSample, seconds }) {
  let passed = 0;
  let failed = stale.length;
  console.log('');
  for (const { name, files } of targets) {
    const isOwn = ({ file }) => files.includes(join(root, file));
    const mutants = counted.filter(isOwn);
    if (isSample && mutants.length === 0) continue;
    const verdict = verdictOf(mutants, { isSample });
    for (const line of reportOf(name, mutants, verdict, equivalent.filter(isOwn).length)) console.log(line);
    passed += verdict.caught;
    failed += verdict.isBelow ? 1 : 0;
  }
  for (const each of stale) console.log(`scripts/mutants/equivalent.json names a mutant that does not exist: ${each}`);
  if (passed === 0 && failed === 0) failed = 1;
  console.log(`\n${counted.length} mutants in ${seconds} s`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function cleanUp() {
  killTestProcesses();
  rmSync(workFolder, { recursive: true, force: true });
}
