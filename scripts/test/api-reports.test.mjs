import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiReports, checkApiReports, writeApiReports } from '../api-reports.mjs';

const TYPES = fileURLToPath(new URL('../../packages/worker-core/node_modules/@types', import.meta.url));
const REPORT = 'packages/boxes/api/index.api.md';

describe('API reports', function () {
  this.timeout(60_000);
  let root;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'api-reports-'));
    const exports = { '.': { types: './dist/index.d.ts' }, './lids': { types: './dist/lids.d.ts' } };
    write('packages/boxes/package.json', JSON.stringify({ name: 'boxes', version: '1.0.0', exports }));
    mkdirSync(join(root, 'packages/boxes/node_modules'));
    symlinkSync(TYPES, join(root, 'packages/boxes/node_modules/@types'));
    write('packages/boxes/dist/lids.d.ts', 'export declare const LID: string;\n');
    write('packages/boxes/dist/index.d.ts', "export { Box } from './box.js';\n");
    write(
      'packages/boxes/dist/box.d.ts',
      'interface Size {\n  readonly height: number;\n}\n/** A box. */\nexport declare class Box {\n  #secret;\n  private hidden;\n  size(): Size;\n}\n',
    );
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function write(path, text) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it('show what an entry point declares and refers to, without what is private', () => {
    writeApiReports(root, apiReports(root));

    const report = readFileSync(join(root, REPORT), 'utf8');
    assert.match(report, /^# API of `boxes`\n/);
    assert.match(report, /\nexport class Box \{\n {4}size\(\): Size;\n\}\n/);
    assert.match(report, /\ninterface Size \{\n {4}readonly height: number;\n\}\n/);
    assert.doesNotMatch(report, /secret|undocumented|@public/);
    assert.match(readFileSync(join(root, 'packages/boxes/api/lids.api.md'), 'utf8'), /export const LID: string;/);
  });

  it('are checked: missing, stale and left over ones are named, with the command that renews them', () => {
    assert.deepEqual(checkApiReports(root, apiReports(root)), [
      `${REPORT} is missing. Write it with: npx -y pnpm@10 api`,
      'packages/boxes/api/lids.api.md is missing. Write it with: npx -y pnpm@10 api',
    ]);

    writeApiReports(root, apiReports(root));
    assert.deepEqual(checkApiReports(root, apiReports(root)), []);

    write('packages/boxes/dist/index.d.ts', "export { Box as Crate } from './box.js';\n");
    write('packages/boxes/api/gone.api.md', '');
    assert.deepEqual(checkApiReports(root, apiReports(root)), [
      `${REPORT} differs from what the package declares. Write it again with: npx -y pnpm@10 api`,
      'packages/boxes/api/gone.api.md belongs to no entry point. Remove it with: npx -y pnpm@10 api',
    ]);

    writeApiReports(root, apiReports(root));
    assert(!existsSync(join(root, 'packages/boxes/api/gone.api.md')));
  });

  it('need a build', () => {
    rmSync(join(root, 'packages/boxes/dist/index.d.ts'));

    assert.throws(() => apiReports(root), /index\.d\.ts is missing\. Build first: npx -y pnpm@10 build/);
  });
});
