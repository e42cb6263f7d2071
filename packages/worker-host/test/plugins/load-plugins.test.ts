import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { loadPlugins } from '../../src/plugins/load-plugins.js';
import { PluginLoadError } from '../../src/plugins/plugin-errors.js';

function pluginSource(type: string, more = ''): string {
  return `export const plugin = { kind: 'worker-plugin', apiVersion: 2, type: '${type}', displayName: 'x', description: 'x',
    configuration: class {}, variables: class {}, register() {} ${more} };`;
}

describe('loadPlugins', () => {
  let root = '';

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'plugins-')));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(path: string, content: string | object): void {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }

  function aPackage(directory: string, name: string, type: string, source = pluginSource(type)): void {
    write(`${directory}/package.json`, { name, type: 'module', exports: './lib.js', workerHost: { type } });
    write(`${directory}/lib.js`, source);
  }

  function load(specifiers: readonly string[] = [], type: string | null = null) {
    return loadPlugins({
      specifiers,
      type,
      workingDirectory: root,
      hostDirectory: join(root, 'host/node_modules/worker-host/x'),
    });
  }

  it('loads a directory by its exports, a directory by its main, and a file', async () => {
    write('a/package.json', { type: 'module', exports: { '.': { types: './x.d.ts', import: './out/a.js' } } });
    write('a/out/a.js', pluginSource('a'));
    write('b/package.json', { type: 'module', main: './b.js' });
    write('b/b.js', pluginSource('b'));
    write('c.mjs', pluginSource('c'));

    const registry = await load(['./a', join(root, 'b'), './c.mjs']);

    expect(registry.knownTypes).to.deep.equal(['a', 'b', 'c']);
    expect(registry.get('a').type).to.equal('a');
  });

  it('finds the dependencies of the nearest project that declare a worker type', async () => {
    write('package.json', { dependencies: { one: '1', plain: '1', missing: '1' }, devDependencies: { '@s/two': '1' } });
    aPackage('node_modules/one', 'one', 'one');
    aPackage('node_modules/@s/two', '@s/two', 'two');
    write('node_modules/plain/package.json', { name: 'plain', main: './throws.js' });
    write('node_modules/plain/throws.js', 'throw new Error("never loaded")');

    const registry = await load();

    expect(registry.knownTypes).to.deep.equal(['one', 'two']);
    expect(registry.failures).to.deep.equal([]);
  });

  it('falls back to packages installed next to the host', async () => {
    aPackage('host/node_modules/@s/beside', '@s/beside', 'beside');

    const registry = await load([], 'beside');

    expect(registry.get('beside').type).to.equal('beside');
  });

  it('loads only what serves the requested type, and knows the others', async () => {
    write('package.json', { dependencies: { one: '1', two: '1' } });
    aPackage('node_modules/one', 'one', 'one');
    aPackage('node_modules/two', 'two', 'two', 'throw new Error("not needed")');

    const registry = await load([], 'one');

    expect(registry.knownTypes).to.deep.equal(['one', 'two']);
    expect(registry.failures).to.deep.equal([]);
  });

  it('lets a configured plugin hide a found one of its type', async () => {
    write('package.json', { dependencies: { one: '1' } });
    aPackage('node_modules/one', 'one', 'same');
    write('mine.mjs', pluginSource('same', ', mine: true'));

    const registry = await load(['./mine.mjs']);

    expect(registry.get('same')).to.have.property('mine', true);
  });

  it('names both packages of a duplicate', async () => {
    write('package.json', { dependencies: { one: '1', two: '1' } });
    aPackage('node_modules/one', 'one', 'same');
    aPackage('node_modules/two', 'two', 'same');

    const registry = await load();

    expect(() => registry.get('same')).to.throw(/one at .*two at .*--plugin/);
  });

  it('does not let a bad plugin hide a good one, and reports every bad one with its cause', async () => {
    write('throws.mjs', 'throw new Error("boom on load")');
    write('shape.mjs', 'export const plugin = { kind: "worker-plugin", apiVersion: 9, type: "Bad Type" }');
    write('nothing.mjs', 'export const other = 1');
    write('unbuilt/package.json', { name: 'unbuilt', main: './dist/missing.js' });
    write('good.mjs', pluginSource('good'));

    const specifiers = [
      './throws.mjs',
      './shape.mjs',
      './nothing.mjs',
      './unbuilt',
      './absent',
      'not-installed',
      './good.mjs',
    ];
    const error = await load(specifiers).catch((thrown: unknown) => thrown);

    expect(error).to.be.instanceOf(PluginLoadError);
    expect((error as PluginLoadError).failures).to.have.length(6);
    for (const part of [
      'throws.mjs (--plugin): boom on load',
      'plugin.apiVersion: expected 2, got 9',
      'plugin.type: expected lower-case letters',
      'plugin.register: expected a function, got nothing',
      'the module does not export `plugin`',
      'dist/missing.js',
      './absent',
      'npm install not-installed',
    ])
      expect((error as Error).message).to.include(part);
  });

  it('keeps failures of found plugins for the report about an unknown type', async () => {
    write('package.json', { dependencies: { one: '1', bad: '1' } });
    aPackage('node_modules/one', 'one', 'one');
    aPackage('node_modules/bad', 'bad', 'bad', 'throw new Error("boom")');

    const registry = await load();

    expect(registry.get('one').type).to.equal('one');
    expect(() => registry.get('bad')).to.throw(/known types=one\].*Install[\s\S]*bad \(dependencies of .*\): boom/);
  });

  it('rejects a package that declares another type than its plugin has', async () => {
    aPackage('p', 'p', 'declared', pluginSource('actual'));

    const error = await load(['./p']).catch((thrown: unknown) => thrown);

    expect(error).to.have.property('message').that.includes('declared=declared, plugin=actual');
  });
});
