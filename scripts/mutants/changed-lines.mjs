import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Git's name of a tree without files. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const FILE = /^\+\+\+ (?:b\/)?(.+)$/;
const HUNK = /^@@ -\d+(?:,(?<removed>\d+))? \+(?<first>\d+)(?:,(?<count>\d+))? @@/;
const NO_NEWLINE = '\\ No newline';

/**
 * Returns, for each file that differs from the commit `base` in the working tree, a function that returns whether one of
 * the lines from `first` to `last` changed. In an untracked file every line counts as changed.
 */
export function changedLines(root, base) {
  const diff = git(root, ['diff', '--unified=0', '--no-color', '--no-ext-diff', base, '--', '*.ts']);
  const changed = new Map();
  for (const [path, ranges] of rangesOf(diff)) {
    changed.set(join(root, path), (first, last) => ranges.some((range) => range.first <= last && first <= range.last));
  }
  const unknown = git(root, ['ls-files', '--others', '--exclude-standard', '--', '*.ts']).split('\n').filter(Boolean);
  for (const path of unknown) changed.set(join(root, path), () => true);
  return changed;
}

/** Returns the added lines of each file in a diff without context lines. */
export function rangesOf(diff) {
  const ranges = new Map();
  let path = null;
  let linesOfHunk = 0;
  for (const line of diff.split('\n')) {
    if (linesOfHunk > 0) {
      if (!line.startsWith(NO_NEWLINE)) linesOfHunk -= 1;
      continue;
    }
    path = FILE.exec(line)?.[1] ?? path;
    const hunk = HUNK.exec(line)?.groups;
    if (!hunk) continue;
    const first = Number(hunk.first);
    const count = Number(hunk.count ?? 1);
    linesOfHunk = Number(hunk.removed ?? 1) + count;
    if (count > 0) ranges.set(path, [...(ranges.get(path) ?? []), { first, last: first + count - 1 }]);
  }
  return ranges;
}

/**
 * Returns the commit to compare with: the merge base with the main branch, or on that branch the previous commit. Without
 * one (a first commit, a shallow clone) every line counts as changed.
 */
export function defaultBase(root) {
  const head = git(root, ['rev-parse', 'HEAD']);
  for (const branch of ['origin/main', 'main']) {
    try {
      const base = git(root, ['merge-base', 'HEAD', branch]);
      if (base !== head) return base;
    } catch {
      // The branch does not exist here.
    }
  }
  return git(root, ['rev-list', '--count', '--max-count=2', 'HEAD']) === '2' ? 'HEAD~1' : EMPTY_TREE;
}

function git(root, args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
}
