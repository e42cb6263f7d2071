import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, readSource } from './source-files.mjs';

const MOST_LINES = 300;
const MACHINE = /(?<![\w.~-])\/(?:work|farm|root)\/\w|https?:\/\/[a-z0-9.-]*(?:registry|mirror|artifact)[a-z0-9.-]*/i;

/** Source files in which a second concept is likely to hide. */
export function checkFileSizes(root) {
  return ['packages', 'examples', 'suites'].flatMap((folder) =>
    filesUnder(join(root, folder), ['.ts']).flatMap((file) => {
      const { path, text } = readSource(root, file);
      const lines = text.split('\n').length - 1;
      return path.includes('/src/') && lines > MOST_LINES ? [`${path}: ${lines} lines, ${MOST_LINES} at most`] : [];
    }),
  );
}

/** Sources must name what they export: a wildcard would make public whatever is added to another file. */
export function checkNamedExports(root) {
  return filesUnder(join(root, 'packages'), ['.ts']).flatMap((file) => {
    const { path, text } = readSource(root, file);
    return /^export \*/m.test(text) ? [`${path}: exports by wildcard; name each export`] : [];
  });
}

/** Tests that are skipped or run alone, and work left undone. */
export function checkUnfinished(root) {
  return ['packages', 'examples', 'suites'].flatMap((folder) =>
    filesUnder(join(root, folder), ['.ts']).flatMap((file) => {
      const { path, text } = readSource(root, file);
      return text.split('\n').flatMap((line, index) => {
        if (/\b(?:it|describe)\.(?:only|skip)\(/.test(line)) return [`${path}:${index + 1}: test skipped or run alone`];
        if (/\b(?:TODO|FIXME|XXX)\b/.test(line)) return [`${path}:${index + 1}: work left undone`];
        return [];
      });
    }),
  );
}

/** Paths of a machine and hosts of a package registry, which do not belong into the tree. */
export function checkMachineTraces(root) {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  const text = /\.(?:ts|mts|js|mjs|json|md|ya?ml|sh|py|toml)$/;
  return tracked
    .filter((path) => text.test(path) && !path.startsWith('scripts/') && path !== 'pnpm-lock.yaml')
    .flatMap((path) => {
      const content = readTracked(join(root, path));
      return content
        .split('\n')
        .flatMap((line, index) => (MACHINE.test(line) ? [`${path}:${index + 1}: trace of a machine`] : []));
    });
}

function readTracked(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
