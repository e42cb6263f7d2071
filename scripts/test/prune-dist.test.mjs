import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRUNE = fileURLToPath(new URL('../prune-dist.mjs', import.meta.url));

describe('prune-dist', () => {
  let folder;
  const has = (path) => existsSync(join(folder, path));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'prune-dist-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function write(...paths) {
    for (const path of paths) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), '');
    }
  }

  it('removes the output of a source that is gone, and nothing else', () => {
    write('src/a/kept.ts', 'dist/src/a/kept.d.ts', 'dist/src/a/kept.js', 'dist/src/a/kept.js.map');
    write('dist/src/a/gone.d.ts', 'dist/src/a/gone.js', 'dist/src/a/gone.js.map');
    write('dist/src/shared/bundled.js');

    execFileSync(process.execPath, [PRUNE, folder]);

    assert(has('dist/src/a/kept.d.ts') && has('dist/src/a/kept.js') && has('dist/src/a/kept.js.map'));
    assert(!has('dist/src/a/gone.d.ts') && !has('dist/src/a/gone.js') && !has('dist/src/a/gone.js.map'));
    assert(has('dist/src/shared/bundled.js'));
  });

  it('does nothing before the first build', () => {
    execFileSync(process.execPath, [PRUNE, folder]);

    assert(!has('dist'));
  });
});
