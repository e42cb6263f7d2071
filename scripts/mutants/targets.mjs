import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { filesUnder } from '../conventions/source-files.mjs';

/** The folders mutated by default. Each has to reach the mark by itself. */
export const DEFAULT_TARGETS = [
  'packages/worker-host/src/host',
  'packages/worker-host/src/orchestrators/embedded',
  'packages/worker-host/src/orchestrators/prefect/orchestration',
  'packages/worker-ecs/src/task-run',
  'packages/worker-ecs/src/observation',
  'packages/worker-ecs/src/recovery',
];

/** Thrown for a path that contains no source of a package. */
export class TargetError extends Error {
  name = 'TargetError';
}

/**
 * Returns what to mutate: for each path its name, the folder of its package, and its source files. A path is a source
 * folder, a source file, or a package (folder or name), which yields one target per folder of its sources. Without paths:
 * the default targets.
 */
export function targetsOf(paths, root, workingDirectory = root) {
  if (paths.length === 0) return targetsOf(DEFAULT_TARGETS, root);
  return paths.flatMap((path) => targetsOfPath(path, root, workingDirectory));
}

function targetsOfPath(given, root, workingDirectory) {
  const path = [resolve(workingDirectory, given), join(root, given), join(root, 'packages', given)].find(existsSync);
  const packageFolder = path && packageOf(path, root);
  if (!packageFolder)
    throw new TargetError(`'${given}' is not a source file, source folder or package of this workspace.`);
  const src = join(packageFolder, 'src');
  const paths = path === packageFolder || path === src ? foldersOf(src) : [path];
  return paths.map((each) => {
    const files = statSync(each).isFile() ? [each] : sourcesIn(each, each !== src);
    const isSource = each === src || each.startsWith(`${src}${sep}`);
    if (!isSource || files.length === 0) throw new TargetError(`'${given}' contains no source files.`);
    return { name: relative(root, each), packageFolder, files };
  });
}

/** The folders directly under `src`, and `src` itself when it contains files. */
function foldersOf(src) {
  const entries = readdirSync(src, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(src, name));
  return sourcesIn(src, false).length > 0 ? [src, ...folders] : folders;
}

function sourcesIn(folder, withSubfolders) {
  return filesUnder(folder, ['.ts']).filter((file) => withSubfolders || dirname(file) === folder);
}

function packageOf(path, root) {
  for (let folder = path; folder.startsWith(`${root}${sep}`); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return null;
}
