import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { TargetError, targetsOf } from '../../mutants/targets.mjs';

describe('targetsOf', () => {
  let root;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'targets-'));
    for (const path of [
      'package.json',
      'src/index.ts',
      'src/deep/a.ts',
      'src/deep/er/b.ts',
      'src/flat/c.ts',
      'test/t.ts',
    ]) {
      const file = join(root, 'packages/one', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '{}');
    }
  });

  after(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function targets(...paths) {
    return targetsOf(paths, root).map(({ name, packageFolder, files }) => {
      assert.equal(packageFolder, join(root, 'packages/one'));
      return [name, files.map((file) => relative(root, file)).sort()];
    });
  }

  it('returns a folder with its subfolders', () => {
    assert.deepEqual(targets('packages/one/src/deep'), [
      ['packages/one/src/deep', ['packages/one/src/deep/a.ts', 'packages/one/src/deep/er/b.ts']],
    ]);
  });

  it('returns a single file', () => {
    assert.deepEqual(targets('packages/one/src/flat/c.ts'), [
      ['packages/one/src/flat/c.ts', ['packages/one/src/flat/c.ts']],
    ]);
  });

  for (const name of ['packages/one', 'one', 'packages/one/src']) {
    it(`returns one target per folder of a package (${name})`, () => {
      assert.deepEqual(targets(name), [
        ['packages/one/src', ['packages/one/src/index.ts']],
        ['packages/one/src/deep', ['packages/one/src/deep/a.ts', 'packages/one/src/deep/er/b.ts']],
        ['packages/one/src/flat', ['packages/one/src/flat/c.ts']],
      ]);
    });
  }

  it('resolves a path from the working directory', () => {
    const [target] = targetsOf(['flat'], root, join(root, 'packages/one/src'));

    assert.equal(target.name, 'packages/one/src/flat');
  });

  for (const path of ['packages/none', 'packages/one/test', 'packages/one/package.json', 'packages']) {
    it(`rejects ${path}`, () => {
      assert.throws(() => targets(path), TargetError);
    });
  }
});
