import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePackage, entriesOf } from '../bundle.mjs';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const PUBLISH_CONFIG = fileURLToPath(new URL('../publish-config.mjs', import.meta.url));
const manifest = {
  name: 'a-package',
  type: 'module',
  bin: { run: './bin/run.js' },
  exports: {
    '.': { types: './dist/src/index.d.ts', default: './dist/src/index.js' },
    './more': { types: './dist/src/more.d.ts', default: './dist/src/more.js' },
  },
  publishConfig: {
    bin: { run: './dist/bundle/run.js' },
    exports: {
      '.': { types: './dist/src/index.d.ts', default: './dist/bundle/index.js' },
      './more': { types: './dist/src/more.d.ts', default: './dist/bundle/more.js' },
    },
  },
};

describe('bundle', () => {
  let folder;
  const write = (path, text) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const node = (...words) => execFileSync(process.execPath, words, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'worker-host-bundle-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes an entry for each export and command, and refuses one that publishConfig leaves out', () => {
    assert.deepEqual(entriesOf(manifest), {
      index: './dist/src/index.js',
      more: './dist/src/more.js',
      run: './bin/run.js',
    });
    const without = { ...manifest, publishConfig: { exports: manifest.publishConfig.exports } };
    assert.throws(() => entriesOf(without), /publishConfig names no file in .\/dist\/bundle\/ for .\/bin\/run.js/);
    const moved = { ...manifest, exports: { ...manifest.exports, './more': { types: './dist/src/moved.d.ts' } } };
    assert.throws(() => entriesOf(moved), /publishConfig names other types for .\/more/);
  });

  it('shares modules between entries, keeps names, is ASCII, and leads stack traces to the sources', async () => {
    write('package.json', JSON.stringify(manifest));
    write('bin/run.js', "#!/usr/bin/env node\nconst { fail } = await import('../dist/src/fail.js');\nfail();\n");
    write('src/index.ts', "export { Shared } from './shared.js';\n");
    write('src/more.ts', "import { Shared } from './shared.js';\nexport const shared: unknown = new Shared();\n");
    write('src/shared.ts', 'export class Shared {}\n');
    write(
      'src/fail.ts',
      '/** Not needed → left out. */\ninterface Unused {}\n\nexport function fail(): never {\n  throw new Error("on purpose…");\n}\n',
    );
    const options = ['--rootDir', '.', '--outDir', 'dist', '--module', 'nodenext', '--sourceMap', '--types', ''];
    node(TSC, ...options, 'src/index.ts', 'src/more.ts', 'src/fail.ts');

    await bundlePackage(folder);

    linkSync(join(folder, 'package.json'), join(folder, 'of-the-workspace.json'));
    node(PUBLISH_CONFIG, folder);
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'of-the-workspace.json'), 'utf8')), manifest);
    rmSync(join(folder, 'dist/src'), { recursive: true });
    const program = "const { Shared } = await import('a-package'); const { shared } = await import('a-package/more');";
    const print = 'console.log(shared instanceof Shared, shared.constructor.name)';
    assert.equal(node('--input-type=module', '--eval', `${program} ${print}`), 'true Shared\n');
    const command = join(folder, 'dist/bundle/run.js');
    assert(statSync(command).mode & 0o100);
    assert(readFileSync(command, 'utf8').startsWith('#!/usr/bin/env node\n'));
    for (const name of readdirSync(join(folder, 'dist/bundle')).filter((each) => each.endsWith('.js')))
      assert.match(readFileSync(join(folder, 'dist/bundle', name), 'utf8'), /^[\0-\x7f]*$/);
    assert.throws(() => node('--enable-source-maps', command), /on purpose\u2026\n[\s\S]*src\/fail\.ts:5:9/);
  });
});
