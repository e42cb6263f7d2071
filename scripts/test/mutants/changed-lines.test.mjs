import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changedLines, defaultBase, rangesOf } from '../../mutants/changed-lines.mjs';

describe('changed lines', () => {
  it('are the added lines of each file in a diff', () => {
    const diff = [
      'diff --git a/a.ts b/a.ts',
      '--- a/a.ts',
      '+++ b/a.ts',
      '@@ -3 +3,2 @@ function f() {',
      '--- old',
      '+new',
      '+++ new',
      '\\ No newline at end of file',
      '@@ -9,2 +10,0 @@',
      '-x',
      '-y',
      '@@ -20,0 +17 @@',
      '+z',
      'diff --git a/gone.ts b/gone.ts',
      '--- a/gone.ts',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-z',
    ].join('\n');

    assert.deepEqual(
      [...rangesOf(diff)],
      [
        [
          'a.ts',
          [
            { first: 3, last: 4 },
            { first: 17, last: 17 },
          ],
        ],
      ],
    );
  });

  describe('in a repository', () => {
    let root;
    const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
    const commit = (text) => {
      writeFileSync(join(root, 'a.ts'), text);
      git('add', '.');
      git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'x');
      return git('rev-parse', 'HEAD');
    };

    beforeEach(() => {
      root = realpathSync(mkdtempSync(join(tmpdir(), 'changed-lines-')));
      git('init', '-q', '-b', 'main');
    });

    afterEach(() => {
      rmSync(root, { recursive: true, force: true });
    });

    it('include uncommitted changes and untracked files', () => {
      const base = commit('one\ntwo\nthree\n');
      writeFileSync(join(root, 'a.ts'), 'one\nTWO\nthree\n');
      writeFileSync(join(root, 'new.ts'), 'x\n');
      writeFileSync(join(root, 'new.md'), 'x\n');

      const changed = changedLines(root, base);

      assert.deepEqual([...changed.keys()].sort(), [join(root, 'a.ts'), join(root, 'new.ts')]);
      const isChanged = changed.get(join(root, 'a.ts'));
      assert.deepEqual(
        [isChanged(1, 1), isChanged(1, 2), isChanged(2, 2), isChanged(3, 9)],
        [false, true, true, false],
      );
      assert.equal(changed.get(join(root, 'new.ts'))(1, 1), true);
    });

    it('are compared with the merge base, on main with the previous commit, and all new in a first commit', () => {
      commit('one\n');
      assert.equal(changedLines(root, defaultBase(root)).get(join(root, 'a.ts'))(1, 1), true);
      const fork = commit('two\n');
      assert.equal(defaultBase(root), 'HEAD~1');

      git('switch', '-qc', 'work');
      commit('three\n');
      commit('four\n');

      assert.equal(defaultBase(root), fork);
    });
  });
});
