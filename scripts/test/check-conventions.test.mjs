import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkErrorCodes } from '../conventions/error-codes.mjs';
import { checkForbiddenWords, checkImportArrows } from '../conventions/import-arrows.mjs';
import { checkLinks } from '../conventions/links.mjs';
import { checkFileSizes, checkNamedExports, checkUnfinished } from '../conventions/tidiness.mjs';
import { checkUnusedExports } from '../conventions/unused-exports.mjs';

describe('the repository checks', () => {
  let root;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'conventions-'));
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function write(path, text) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it('let the arrows of the design pass', () => {
    write(
      'packages/worker-ecs/src/a.ts',
      "import { WorkerError } from '@worker-host/core';\nimport { b } from './b.js';\n",
    );
    write(
      'packages/worker-host/test/host/a.test.ts',
      "import { a } from '../../src/a.js';\nimport { FakeClock } from '@worker-host/testing';\n",
    );

    assert.deepEqual(checkImportArrows(root), []);
  });

  for (const [title, path, text] of [
    ['worker-core imports the host', 'packages/worker-core/src/a.ts', "import { x } from 'worker-host';\n"],
    ['worker-core imports AWS', 'packages/worker-core/src/a.ts', "import { ECSClient } from '@aws-sdk/client-ecs';\n"],
    ['worker-core imports HTTP', 'packages/worker-core/src/a.ts', "import { request } from 'node:http';\n"],
    ['worker-core imports a database lazily', 'packages/worker-core/src/a.ts', "const db = await import('libsql');\n"],
    ['the host imports a plugin', 'packages/worker-host/src/a.ts', "export { plugin } from '@worker-host/ecs';\n"],
    [
      'the host imports the test kit',
      'packages/worker-host/src/a.ts',
      "import { FakeClock } from '@worker-host/testing';\n",
    ],
    ['a plugin imports the host', 'packages/worker-ecs/src/a.ts', "import type { X } from 'worker-host';\n"],
    [
      'an import climbs out of its package',
      'packages/worker-ecs/src/a.ts',
      "import { x } from '../../worker-core/src/index.js';\n",
    ],
  ]) {
    it(`refuse when ${title}`, () => {
      write(path, text);

      assert.equal(checkImportArrows(root).length, 1);
    });
  }

  it('refuse a word about one infrastructure in the host', () => {
    write('packages/worker-host/src/a.ts', "const type = 'ecs';\n");

    assert.equal(checkForbiddenWords(root).length, 1);
  });

  it('let words that only look like it pass', () => {
    write('packages/worker-host/src/a.ts', 'const specs = decseconds;\n');

    assert.deepEqual(checkForbiddenWords(root), []);
  });

  it('hold sources and page to the same error codes', () => {
    write('packages/worker-core/src/a.ts', "class A { readonly code = 'A_FAILED'; }\n");
    write('docs/errors.md', '| `B_FAILED` | gone |\n');

    const problems = checkErrorCodes(root);

    assert.equal(problems.length, 2);
    assert.match(problems.join('\n'), /lacks A_FAILED[\s\S]*lists B_FAILED/);
  });

  it('refuse wildcard exports, long files, skipped tests', () => {
    write('packages/worker-core/src/index.ts', "export * from './a.js';\n");
    write('packages/worker-core/src/long.ts', 'const a = 1;\n'.repeat(301));
    write('packages/worker-core/test/a.test.ts', "it.only('x', () => {});\n");

    assert.equal(checkNamedExports(root).length, 1);
    assert.equal(checkFileSizes(root).length, 1);
    assert.equal(checkUnfinished(root).length, 1);
  });

  it('refuse exports that nobody uses', () => {
    write('packages/a/src/index.ts', "export { forUsers } from './a.js';\n");
    write(
      'packages/a/src/a.ts',
      [
        'export const forUsers = 1;',
        'export function forTests(options: Options): void {}',
        'export interface Options {}',
        'export interface Forgotten {}',
        'export async function alone() {}',
        'alone();',
      ].join('\n'),
    );
    write('packages/a/src/begun.ts', "export const lazy = 1;\nnew URL('./process.js', import.meta.url);\n");
    write('packages/a/src/process.ts', "const { lazy } = await import('./begun.js');\n");
    write('packages/a/test/a.test.ts', "import { forTests } from '../src/a.js';\n");

    assert.deepEqual(checkUnusedExports(root), [
      'packages/a/src/a.ts: export of alone, which nobody uses',
      'packages/a/src/a.ts: export of Forgotten, which nobody uses',
    ]);
  });

  it('refuse links of pages that lead to no file or heading', () => {
    write('docs/there.md', '# There\n\n## A part, `code` & more\n\n```sh\n# No heading\n```\n\n## There\n');
    write(
      'README.md',
      [
        '# Here',
        '[there](docs/there.md#a-part-code--more), [again](docs/there.md#there-1), [a folder](docs)',
        '[the web](https://example.org/#part), [here](#here)',
        '[gone](docs/gone.md), [no part](docs/there.md#part), [a comment](docs/there.md#no-heading), [nowhere](#nowhere)',
      ].join('\n'),
    );
    write('docs/other.md', '[up](../README.md) and [from the root](docs/there.md)\n');

    assert.deepEqual(checkLinks(root).sort(), [
      'README.md: link to #nowhere, which is not there',
      'README.md: link to docs/gone.md, which is not there',
      'README.md: link to docs/there.md#no-heading, which is not there',
      'README.md: link to docs/there.md#part, which is not there',
      'docs/other.md: link to docs/there.md, which is not there',
    ]);
  });
});
