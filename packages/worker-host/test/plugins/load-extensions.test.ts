import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadExtensions } from '../../src/plugins/load-extensions.js';
import { ExtensionLoadError } from '../../src/plugins/plugin-errors.js';

function source(name: string, more = ''): string {
  return `{ kind: 'worker-extension', apiVersion: 2, name: '${name}', types: null, registerHost() {}, register() {}, ${more} }`;
}

describe('loadExtensions', () => {
  let root = '';

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'extensions-')));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('loads files, directories and packages in the given order', async () => {
    mkdirSync(join(root, 'node_modules/ours'), { recursive: true });
    mkdirSync(join(root, 'directory'));
    writeFileSync(join(root, 'node_modules/ours/package.json'), '{"name":"ours","main":"main.cjs"}');
    writeFileSync(join(root, 'node_modules/ours/main.cjs'), `exports.extension = ${source('ours')};`);
    writeFileSync(join(root, 'directory/package.json'), '{"type":"module","exports":"./a.js"}');
    writeFileSync(join(root, 'directory/a.js'), `export const extension = ${source('directory')};`);
    writeFileSync(join(root, 'file.mjs'), `export default ${source('file')};`);

    const extensions = await loadExtensions(['./file.mjs', 'ours', './directory'], root);

    expect(extensions.map(({ name }) => name)).to.deep.equal(['file', 'ours', 'directory']);
  });

  it('reports every one that cannot be used, and why', async () => {
    writeFileSync(join(root, 'empty.mjs'), 'export {};');
    writeFileSync(join(root, 'throws.mjs'), 'throw new Error("no broker");');
    writeFileSync(join(root, 'plugin.mjs'), `export const extension = { kind: 'worker-plugin', apiVersion: 2 };`);
    writeFileSync(join(root, 'old.mjs'), `export const extension = ${source('old', 'apiVersion: 1, types: "ecs"')};`);

    const error: unknown = await loadExtensions(
      ['./empty.mjs', './throws.mjs', './plugin.mjs', './old.mjs', './missing.mjs'],
      root,
    ).catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(ExtensionLoadError);
    const { message } = error as Error;
    expect(message).to.match(/count=5/);
    expect(message).to.match(/empty\.mjs.*the module does not export `extension`/);
    expect(message).to.match(/throws\.mjs.*no broker/);
    expect(message).to.match(/plugin\.mjs.*kind: expected 'worker-extension', got worker-plugin.*registerHost/);
    expect(message).to.match(/old\.mjs.*apiVersion: expected 2, got 1; types: expected a list of types or null/);
    expect(message).to.match(/missing\.mjs.*No such package, directory or file/);
  });
});
