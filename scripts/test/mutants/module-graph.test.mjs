import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ModuleGraph } from '../../mutants/module-graph.mjs';

describe('ModuleGraph', () => {
  let dist;
  let graph;

  before(() => {
    dist = join(mkdtempSync(join(tmpdir(), 'module-graph-')), 'dist');
    for (const [path, text] of Object.entries({
      'src/index.js': "export { a } from './a.js';\n",
      'src/a.js': "import { b } from './deep/b.js';\n",
      'src/deep/b.js': "const c = await import('../c.js');\n",
      'src/c.js': "import { g } from './g.js';\n",
      'src/g.js': '',
      'test/a.test.js': "import { a } from '../src/a.js';\n",
      'test/b.test.js': "import { x } from './support.js';\nimport { helper } from '../../elsewhere.js';\n",
      'test/support.js': "import { b } from '../src/deep/b.js';\n",
      'test/public.test.js': "import { a } from '@worker-host/ecs';\n",
      'test/other.test.js': "import { readFile } from 'node:fs';\n",
      'src/d.js': "import { e } from './e.js';\n",
      'src/e.js': "import { f } from './f.js';\n",
      'src/f.js': '',
      'test/bench.js': "import { d } from '../src/d.js';\n",
      'test/wrapped.js': "import { bench } from './bench.js';\n",
      'test/d-e.test.js': "import { wrapped } from './wrapped.js';\n",
      'test/f.test.js': "import { wrapped } from './wrapped.js';\n",
      'test/deep/f.test.js': "import { readFile } from 'node:fs';\n",
    })) {
      mkdirSync(dirname(join(dist, path)), { recursive: true });
      writeFileSync(join(dist, path), text);
    }
    graph = new ModuleGraph(dist);
  });

  after(() => {
    rmSync(dirname(dist), { recursive: true, force: true });
  });

  const named = (files) => files.map((file) => relative(dist, file)).sort();

  it('finds who imports a module, also when needed', () => {
    assert.deepEqual(named(graph.importersOf(join(dist, 'src/deep/b.js'))), ['src/a.js', 'test/support.js']);
    assert.deepEqual(named(graph.importersOf(join(dist, 'src/c.js'))), ['src/deep/b.js']);
  });

  it('finds test files that import a module through others, or by the name of the package', () => {
    assert.deepEqual(named(graph.testFilesReaching([join(dist, 'src/deep/b.js')])), [
      'test/a.test.js',
      'test/b.test.js',
      'test/public.test.js',
    ]);
  });

  it('distinguishes tests near a module by their files', () => {
    const isNear = graph.isNear(join(dist, 'src/deep/b.js'));

    assert.equal(isNear({ files: [join(dist, 'test/public.test.js'), join(dist, 'test/b.test.js')] }), true);
    assert.equal(isNear({ files: [join(dist, 'test/public.test.js')] }), false);
  });

  it('counts no imports among files of tests', () => {
    assert.deepEqual(named(graph.testFilesNear([join(dist, 'src/e.js')])), ['test/d-e.test.js', 'test/f.test.js']);
  });

  it('finds the test file named after a module, however far it is, unless it does not reach the module', () => {
    const isNamedAfter = graph.isNamedAfter(join(dist, 'src/f.js'));

    assert.deepEqual(named(graph.testFilesNear([join(dist, 'src/f.js')])), ['test/f.test.js']);
    assert.equal(isNamedAfter({ files: [join(dist, 'test/f.test.js')] }), true);
    assert.equal(isNamedAfter({ files: [join(dist, 'test/d-e.test.js'), join(dist, 'test/deep/f.test.js')] }), false);
  });

  it('finds test files near a module, and all for a module that no test file is near to', () => {
    assert.deepEqual(named(graph.testFilesNear([join(dist, 'src/deep/b.js')])), ['test/a.test.js', 'test/b.test.js']);
    assert.deepEqual(named(graph.testFilesNear([join(dist, 'src/g.js')])), [
      'test/a.test.js',
      'test/b.test.js',
      'test/public.test.js',
    ]);
  });
});
